package dev.stepgate.environment.bundled;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EchoEnvironmentTest {
    private static final BundledEnvironment.Setting SETTING =
            new BundledEnvironment.Setting(Path.of("."), (command, args) -> {
                throw new AssertionError("it needs no sandbox");
            });

    private final BundledEnvironment echo = BundledEnvironment.named("echo", SETTING);

    @Test
    void saysTheMessageBackAsTextAndAsAValue() {
        assertThat(echo.call("echo_message", message("hi \"there\"\n")).result())
                .hasToString("""
                        {"content":[{"type":"text","text":"hi \\"there\\"\\n"}],\
                        "structuredContent":{"result":"hi \\"there\\"\\n"}}""");
    }

    @ParameterizedTest
    @CsvSource({"'', 0", "abc, 3", "é, 1", "e\u0301, 2", "\uD83D\uDE00, 1", "a\uD83D\uDE00b, 3", "日本, 2"})
    void countsCodePoints(String message, int length) {
        ObjectNode structured = (ObjectNode)
                echo.call("echo_with_length", message(message)).result().get("structuredContent");
        assertThat(structured.get("length").intValue()).isEqualTo(length);
        assertThat(structured.get("message").textValue()).isEqualTo(message);
    }

    @Test
    void saysTheLengthInTextToo() {
        assertThat(echo.call("echo_with_length", message("abc")).result().at("/content/0/text"))
                .hasToString("\"{\\\"message\\\":\\\"abc\\\",\\\"length\\\":3}\"");
    }

    @Test
    void listsItsToolsInAFixedOrderWithClosedArguments() {
        assertThat(echo.tools())
                .extracting(tool -> tool.get("name").textValue())
                .containsExactly("echo_message", "echo_with_length");
        assertThat(echo.tools()).allSatisfy(tool -> {
            assertThat(tool.at("/inputSchema/required")).hasToString("[\"message\"]");
            assertThat(tool.at("/inputSchema/additionalProperties").booleanValue())
                    .isFalse();
            assertThat(tool.at("/inputSchema/additionalProperties").isBoolean()).isTrue();
        });
    }

    @Test
    void answersWithAllThatItsOutputSchemasRequire() {
        assertThat(echo.tools()).allSatisfy(tool -> {
            ObjectNode result =
                    echo.call(tool.get("name").textValue(), message("x")).result();
            assertThat(tool.at("/outputSchema/required"))
                    .isNotEmpty()
                    .allSatisfy(
                            name -> assertThat(result.get("structuredContent").has(name.textValue()))
                                    .isTrue());
        });
    }

    @Test
    void startsARunWithNoObservationAndRewardZero() {
        BundledEnvironment.Reset reset = echo.reset(null, JsonNodeFactory.instance.objectNode());
        assertThat(reset.observation()).isEmpty();
        assertThat(reset.reward()).hasToString("0.0");
        assertThat(reset.metadata()).hasToString("""
                        {"status":"ready","message":"Echo environment ready!"}""");
    }

    @Test
    void startsEveryRunAlikeWhateverTheSeed() {
        ObjectNode parameters = JsonNodeFactory.instance.objectNode().put("episode_id", "e");
        assertThat(echo.reset(7L, parameters)).isEqualTo(echo.reset(null, JsonNodeFactory.instance.objectNode()));
    }

    @Test
    void hasNoOtherToolAndNoOtherNameBesides() {
        assertThatThrownBy(() -> echo.call("echo", message("x"))).hasMessage("no tool `echo`");
        assertThatThrownBy(() -> BundledEnvironment.named("chess", SETTING)).hasMessage("no builtin `chess`");
    }

    private static ObjectNode message(String text) {
        return JsonNodeFactory.instance.objectNode().put("message", text);
    }
}
