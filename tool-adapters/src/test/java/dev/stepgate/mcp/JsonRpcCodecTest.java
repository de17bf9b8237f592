package dev.stepgate.mcp;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stepgate.json.StrictJson;
import dev.stepgate.tool.Refusal;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class JsonRpcCodecTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"a\"}",
                "{\"jsonrpc\":\"2.0\",\"id\":\"x\",\"method\":\"a\",\"params\":{\"b\":1}}",
                "{\"jsonrpc\":\"2.0\",\"method\":\"a\",\"params\":{}}",
                "{\"jsonrpc\":\"2.0\",\"id\":-3,\"result\":{\"unknown\":[1.0]}}",
                "{\"jsonrpc\":\"2.0\",\"id\":0,\"error\":{\"code\":-32602,\"message\":\"m\",\"data\":[1]}}",
                "{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":1,\"message\":\"m\"}}"
            })
    void writesWhatItRead(String message) {
        assertThat(new String(JsonRpcCodec.bytes(read(message)), UTF_8)).isEqualTo(message);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "[]",
                "1",
                "null",
                "{}",
                "[{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"a\"}]",
                "{\"id\":1,\"method\":\"a\"}",
                "{\"jsonrpc\":\"1.0\",\"id\":1,\"method\":\"a\"}",
                "{\"jsonrpc\":2.0,\"id\":1,\"method\":\"a\"}",
                "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":1}",
                "{\"jsonrpc\":\"2.0\",\"id\":null,\"method\":\"a\"}",
                "{\"jsonrpc\":\"2.0\",\"id\":1.0,\"method\":\"a\"}",
                "{\"jsonrpc\":\"2.0\",\"id\":{},\"method\":\"a\"}",
                "{\"jsonrpc\":\"2.0\",\"id\":true,\"method\":\"a\"}",
                "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"a\",\"params\":[]}",
                "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"a\",\"params\":null}",
                "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"a\",\"Method\":\"b\"}",
                "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"a\",\"PARAMS\":{}}",
                "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"a\",\"other\":1}",
                "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"a\",\"result\":{}}",
                "{\"jsonrpc\":\"2.0\",\"id\":1}",
                "{\"jsonrpc\":\"2.0\",\"id\":1,\"Method\":\"a\"}",
                "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{},\"Result\":{}}",
                "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":1}",
                "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":null}",
                "{\"jsonrpc\":\"2.0\",\"result\":{}}",
                "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{},\"error\":{\"code\":1,\"message\":\"m\"}}",
                "{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"code\":\"1\"}}",
                "{\"jsonrpc\":\"2.0\",\"id\":[],\"error\":{\"code\":1,\"message\":\"m\"}}"
            })
    void refuses(String message) {
        assertThatThrownBy(() -> read(message)).isInstanceOf(JsonRpcProblem.class);
    }

    @Test
    void boundsTheIdToASafeIntegerOr256Characters() {
        assertThat(read(request("\"" + "a".repeat(256) + "\""))).isInstanceOf(JsonRpcMessage.Request.class);
        assertThat(read(request("9007199254740991"))).isInstanceOf(JsonRpcMessage.Request.class);
        assertThatThrownBy(() -> read(request("\"" + "a".repeat(257) + "\""))).isInstanceOf(JsonRpcProblem.class);
    }

    @Test
    void keepsTheIdForTheAnswerToABrokenRequest() {
        assertThatThrownBy(() -> read("{\"jsonrpc\":\"2.0\",\"id\":\"x\",\"method\":7}"))
                .isInstanceOfSatisfying(JsonRpcProblem.class, problem -> {
                    assertThat(problem.id()).hasToString("\"x\"");
                    assertThat(problem.answer().code()).isEqualTo(-32600);
                });
    }

    @ParameterizedTest
    @CsvSource({
        "'{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{},\"error\":null}'",
        "'{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{},\"extra\":7}'"
    })
    void toleratesWhatHarmlessServersAddToAnswers(String message) {
        assertThat(read(message)).isInstanceOf(JsonRpcMessage.Result.class);
    }

    @ParameterizedTest
    @EnumSource(McpMethod.class)
    void findsEveryMethodByItsExactName(McpMethod method) {
        assertThat(McpMethod.of(method.wireName())).contains(method);
        assertThat(McpMethod.of(method.wireName().toUpperCase(java.util.Locale.ROOT)))
                .isEmpty();
    }

    @Test
    void knowsTheRevisionsWithSessionsOnly() {
        assertThat(ProtocolVersion.of("2025-11-25")).contains(ProtocolVersion.NEWEST_WITH_SESSIONS);
        assertThat(ProtocolVersion.of("2024-11-05")).isEmpty();
        assertThat(ProtocolVersion.V2025_03_26.hasVersionHeader()).isFalse();
    }

    @Test
    void tellsAgentsWhyAGatewayMadeResultIsNone() {
        Refusal refusal = Refusal.ofArgument("args.constraint", "the path is not allowed", "/path");

        assertThat(CallToolResult.refused(refusal)).hasToString("""
                {"content":[{"type":"text","text":"args.constraint: the path is not allowed"}],"isError":true,\
                "_meta":{"dev.stepgate/outcome":"invalid_arguments","dev.stepgate/code":"args.constraint",\
                "dev.stepgate/field":"/path"}}""");
    }

    private static String request(String id) {
        return "{\"jsonrpc\":\"2.0\",\"id\":" + id + ",\"method\":\"a\"}";
    }

    private static JsonRpcMessage read(String message) {
        return JsonRpcCodec.read(StrictJson.parse(message.getBytes(UTF_8)));
    }
}
