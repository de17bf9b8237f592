package dev.stepgate.gateway.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stepgate.environment.EnvironmentCatalog;
import dev.stepgate.environment.EnvironmentManifest;
import dev.stepgate.json.StrictJson;
import dev.stepgate.tool.ToolCall;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NativeActionsTest {
    @TempDir
    Path folder = Path.of("");

    @Test
    void isTheCallOfTheFirstToolWhoseFixedFieldsItHas() throws IOException {
        assertThat(NativeActions.callOf(maze(), action("{\"kind\":\"move\",\"to\":1}")))
                .contains(new ToolCall("maze_move", action("{\"to\":1}"), null));
        assertThat(NativeActions.callOf(maze(), action("{\"kind\":\"other\",\"to\":1}")))
                .contains(new ToolCall("maze_any", action("{\"kind\":\"other\",\"to\":1}"), null));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"type\":\"list_tools\"}",
                "{\"type\":\"call_tool\",\"tool_name\":\"maze_move\"}",
                "{\"tool_name\":\"maze_move\",\"arguments\":{}}"
            })
    void leavesActionsThatSpeakOfTools(String text) throws IOException {
        assertThat(NativeActions.callOf(maze(), action(text))).isEmpty();
    }

    @Test
    void hasNoCallWhereAnEnvironmentNamesNoActions() throws IOException {
        EnvironmentManifest echo = manifest("{ builtin: echo }");
        assertThat(NativeActions.callOf(echo, action("{\"kind\":\"move\"}"))).isEmpty();
    }

    private EnvironmentManifest maze() throws IOException {
        return manifest(
                "{ openenv: { url: 'http://127.0.0.1:9', actions: { move: { fixed: { kind: move } }, any: {} } },"
                        + " visible: { template: 'maze_{tool}' } }");
    }

    private EnvironmentManifest manifest(String upstream) throws IOException {
        Path environment = Files.createDirectories(folder.resolve("e"));
        Files.writeString(
                environment.resolve("openenv.yaml"), "name: e\nstepgate:\n  upstreams: { u: " + upstream + " }\n");
        return EnvironmentCatalog.load(List.of(folder)).manifests().getFirst();
    }

    private static ObjectNode action(String json) {
        return (ObjectNode) StrictJson.parse(json.getBytes(StandardCharsets.UTF_8));
    }
}
