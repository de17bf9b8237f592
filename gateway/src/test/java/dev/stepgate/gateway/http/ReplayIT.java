package dev.stepgate.gateway.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stepgate.client.OpenEnvClient;
import dev.stepgate.gateway.replay.Comparison;
import dev.stepgate.gateway.replay.Recording;
import dev.stepgate.gateway.replay.Replayer;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Episodes that a running gateway recorded, played again on it. */
@QuarkusTest
@Timeout(60)
class ReplayIT {
    private static final ObjectMapper JSON = new ObjectMapper();

    @TestHTTPResource("/")
    URI root = URI.create("http://localhost");

    @TempDir
    Path folder = Path.of("");

    private final HttpClient http = HttpClient.newHttpClient();

    @Test
    void comesToTheSameWhereNothingHasChanged() throws Exception {
        try (Replayer replayer = replayer()) {
            Replayer.Result result = replayer.replay(Recording.read(recorded()), "echo");
            assertThat(result.differences()).isEmpty();
            assertThat(result.runs()).isEqualTo(3);
            assertThat(result.calls()).isEqualTo(4);
        }
    }

    @Test
    void namesTheOneCallThatCameToSomethingElse() throws Exception {
        Path file = recorded();
        Files.writeString(file, Files.readString(file).replace("\"text\":\"two\"", "\"text\":\"deux\""));
        try (Replayer replayer = replayer()) {
            assertThat(replayer.replay(Recording.read(file), "echo").differences())
                    .singleElement()
                    .satisfies(one -> {
                        assertThat(one.run()).isEqualTo(2);
                        assertThat(one.call()).isEqualTo(1);
                        assertThat(one.tool()).isEqualTo("echo_message");
                        assertThat(one.what().getFirst()).contains("recorded \"deux\", now \"two\"");
                    });
        }
    }

    @Test
    void refusesARecordingWithoutArgumentsAndAnEnvironmentThatIsNotThere() throws Exception {
        Path file = recorded();
        try (Replayer replayer = replayer()) {
            assertThatThrownBy(() -> replayer.replay(Recording.read(file), "nosuch"))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("nosuch");
            Files.writeString(file, Files.readString(file).replace("\"arguments\":", "\"arguments_digest\":"));
            assertThatThrownBy(() -> replayer.replay(Recording.read(file), "echo"))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("stepgate.journal.payloads");
        }
    }

    private Replayer replayer() {
        return new Replayer(root, null, new Comparison(List.of()));
    }

    /** Three runs, the first of which the gateway begins itself: calls that went well, one that failed and one that was refused. */
    private Path recorded() throws Exception {
        ObjectNode opening = JSON.createObjectNode().put("env", "echo").put("seed", 5);
        ObjectNode episode = (ObjectNode) JSON.readTree(send("POST", "/episodes", opening.toString()));
        URI base = root.resolve(URI.create(episode.path("base_url").asText()).getPath());
        try (OpenEnvClient client = OpenEnvClient.connect(base)) {
            client.reset(7L, null, JSON.createObjectNode().put("difficulty", "hard"));
            client.callTool("echo_message", message("one"));
            client.callTool("nosuch", message("x"));
            client.callTool("echo_message", JsonNodeFactory.instance.objectNode());
            client.reset();
            client.callTool("echo_message", message("two"));
        }
        String path = "/episodes/" + episode.path("episode_id").asText();
        Path file = Files.writeString(folder.resolve("trajectory.jsonl"), send("GET", path + "/trajectory", ""));
        send("DELETE", path, "");
        assertThat(Files.readString(file))
                .contains("\"parameters\":{\"difficulty\":\"hard\"}", "\"environment\":\"echo\"");
        return file;
    }

    private static ObjectNode message(String text) {
        return JsonNodeFactory.instance.objectNode().put("message", text);
    }

    private String send(String method, String path, String body) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(root.resolve(path))
                .header("Content-Type", "application/json")
                .method(method, HttpRequest.BodyPublishers.ofString(body))
                .build();
        return http.send(request, BodyHandlers.ofString()).body();
    }
}
