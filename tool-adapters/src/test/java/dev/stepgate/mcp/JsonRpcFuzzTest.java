package dev.stepgate.mcp;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.stepgate.Mutants;
import dev.stepgate.json.JsonProblem;
import dev.stepgate.json.StrictJson;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Of damaged messages only typed problems come out; what is read is written, and read as the same again. */
class JsonRpcFuzzTest {
    private static final List<String> SPLICES = List.of(
            "{",
            "}",
            "[",
            "]",
            ",",
            ":",
            "\"",
            "\\",
            "\\u0000",
            "\\ud800",
            "\ufeff",
            "\u0000",
            "null",
            "-0",
            "1e999",
            "1E-400",
            "9223372036854775808",
            "0.1000000000000000055",
            "NaN",
            "Infinity",
            "/**/",
            "//\n",
            "'",
            "01",
            "+1",
            "\"id\":1,",
            "\"id\":{},",
            "\"method\":\"a\",",
            "\"result\":{},",
            "\"error\":{},",
            "\"params\":[],",
            "\"Params\":{},",
            "\"jsonrpc\":\"2.0\",",
            "\"__proto__\":{},",
            " ",
            "\n",
            "[[[[[[[[[[[[[[[[",
            "{\"a\":{\"a\":{\"a\":");

    @Test
    void readsDamagedMessagesOrSaysWhatIsWrong() {
        Mutants mutants = Mutants.of(JsonRpcFuzzTest.class, "anyMessage", SPLICES);
        int read = 0;
        for (int i = 0; i < Mutants.RUNS; i++) {
            read += check(mutants.next()) ? 1 : 0;
        }
        assertThat(read).isBetween(Mutants.RUNS / 20, Mutants.RUNS * 19 / 20);
    }

    @FuzzTest
    void anyMessage(byte[] bytes) {
        check(bytes);
    }

    /** Answers whether it is a message. */
    private static boolean check(byte[] bytes) {
        JsonRpcMessage message;
        try {
            message = JsonRpcCodec.read(StrictJson.parse(bytes));
        } catch (JsonProblem | JsonRpcProblem refused) {
            return false;
        }
        byte[] written = JsonRpcCodec.bytes(message);
        // Not the trees: `2.5e1` is written as the integer 25.
        assertThat(JsonRpcCodec.bytes(JsonRpcCodec.read(StrictJson.parse(written))))
                .isEqualTo(written);
        return true;
    }
}
