package dev.stepgate.mcp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stepgate.Mutants;
import dev.stepgate.json.JsonProblem;
import dev.stepgate.json.StrictJson;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Of damaged messages only typed problems come out; what is read is written, and read as the same again. */
class JsonRpcFuzzTest {
    private static final List<String> SEEDS = List.of(
            "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":\"t\",\"arguments\":{\"a\":[1,2.5e3,null,true,\"\\u00e4\"]}}}",
            "{\"jsonrpc\":\"2.0\",\"id\":\"g1\",\"method\":\"ping\"}",
            "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/progress\",\"params\":{\"progressToken\":1,\"progress\":0.5}}",
            "{\"jsonrpc\":\"2.0\",\"id\":9007199254740991,\"result\":{\"content\":[{\"type\":\"text\",\"text\":\"\u20ac \ud83d\ude00\"}],\"_meta\":{}}}",
            "{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-32600,\"message\":\"m\",\"data\":{\"a\":[]}}}",
            "[{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"a\"}]");

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
        Mutants mutants = new Mutants(SEEDS, SPLICES);
        int read = 0;
        for (int i = 0; i < Mutants.RUNS; i++) {
            byte[] bytes = mutants.next();
            JsonRpcMessage message;
            try {
                message = JsonRpcCodec.read(StrictJson.parse(bytes));
            } catch (JsonProblem | JsonRpcProblem refused) {
                continue;
            }
            read++;
            byte[] written = JsonRpcCodec.bytes(message);
            // Not the trees: `2.5e1` is written as the integer 25.
            assertThat(JsonRpcCodec.bytes(JsonRpcCodec.read(StrictJson.parse(written))))
                    .isEqualTo(written);
        }
        assertThat(read).isBetween(Mutants.RUNS / 20, Mutants.RUNS * 19 / 20);
    }
}
