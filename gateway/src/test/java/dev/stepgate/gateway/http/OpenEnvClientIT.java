package dev.stepgate.gateway.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stepgate.client.EpisodeState;
import dev.stepgate.client.OfferedTool;
import dev.stepgate.client.OpenEnvClient;
import dev.stepgate.client.OpenEnvException.ServerError;
import dev.stepgate.client.StepResult;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The Java client against the running gateway: an environment's URL and an episode's. */
@QuarkusTest
@Timeout(60)
class OpenEnvClientIT {
    private static final ObjectMapper JSON = new ObjectMapper();

    @TestHTTPResource("/")
    URI root = URI.create("http://localhost");

    private final HttpClient http = HttpClient.newHttpClient();

    @Test
    void playsAnEpisode() {
        try (OpenEnvClient client = OpenEnvClient.connect(root.resolve("/envs/echo"))) {
            StepResult first =
                    client.reset(3L, "e1", JsonNodeFactory.instance.objectNode().put("unheard-of", 1));
            assertThat(first.done()).isFalse();
            assertThat(first.metadata().at("/stepgate/ignored").toString()).contains("unheard-of");
            assertThat(client.tools())
                    .extracting(OfferedTool::name)
                    .containsExactly("echo_message", "echo_with_length");
            StepResult said = client.callTool("echo_message", message("hi"));
            assertThat(said.toolValue()).contains(JsonNodeFactory.instance.textNode("hi"));
            assertThat(said.metadata().at("/stepgate/outcome").asText()).isEqualTo("ok");
            EpisodeState state = client.state();
            assertThat(state.episodeId()).isEqualTo("e1");
            assertThat(state.stepCount()).isEqualTo(1);
        }
    }

    @Test
    void tellsWhyAToolFailed() {
        try (OpenEnvClient client = OpenEnvClient.connect(root.resolve("/envs/echo"))) {
            StepResult unknown = client.callTool("nosuch", message("hi"));
            assertThat(unknown.toolValue()).isEmpty();
            assertThat(unknown.toolError().orElseThrow().type()).isEqualTo("tool_not_found");
            assertThatThrownBy(() ->
                            client.step(JsonNodeFactory.instance.objectNode().put("move", 1)))
                    .isInstanceOf(ServerError.class)
                    .hasMessageContaining("VALIDATION_ERROR");
            assertThat(client.isOpen()).isTrue();
        }
    }

    @Test
    void goesOnWithTheSameEpisodeOnANewSocketOfItsUrl() throws Exception {
        JsonNode episode = openEpisode();
        // URLs are handed out with the configured port; the test's own port is another.
        URI base = root.resolve(URI.create(episode.path("base_url").asText()).getPath());
        try (OpenEnvClient client = OpenEnvClient.connect(base)) {
            client.callTool("echo_message", message("one"));
            client.reconnect();
            client.callTool("echo_message", message("two"));
            assertThat(client.state().stepCount()).isEqualTo(2);
        }
    }

    @Test
    void beginsANewSessionOnANewSocketOfAnEnvironment() {
        try (OpenEnvClient client = OpenEnvClient.connect(root.resolve("/envs/echo"))) {
            client.callTool("echo_message", message("one"));
            client.reconnect();
            assertThat(client.state().stepCount()).isZero();
        }
    }

    @Test
    void hasGivenItsSlotBackOnceItIsClosed() throws Exception {
        int before = inUse();
        OpenEnvClient client = OpenEnvClient.connect(root.resolve("/envs/echo"));
        client.reset();
        client.close();
        // Slots of other tests may come back meanwhile; this one must not be left.
        assertThat(inUse()).isLessThanOrEqualTo(before);
    }

    @Test
    void losesASocketWhoseMessageGrowsTooLong() {
        try (OpenEnvClient client = OpenEnvClient.connect(root.resolve("/envs/echo"))) {
            ObjectNode tooLong = message("x".repeat(EnvironmentRoutes.MAX_FRAME));
            assertThat(catchThrowableOfType(
                            dev.stepgate.client.OpenEnvException.class, () -> client.callTool("echo_message", tooLong)))
                    .isNotInstanceOf(dev.stepgate.client.OpenEnvException.TimedOut.class);
            assertThat(client.isOpen()).isFalse();
        }
    }

    private JsonNode openEpisode() throws Exception {
        HttpRequest request = HttpRequest.newBuilder(root.resolve("/episodes"))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString("{\"env\":\"echo\"}"))
                .build();
        return JSON.readTree(
                http.send(request, HttpResponse.BodyHandlers.ofString()).body());
    }

    private int inUse() throws Exception {
        HttpRequest request = HttpRequest.newBuilder(root.resolve("/envs/echo")).build();
        return JSON.readTree(
                        http.send(request, HttpResponse.BodyHandlers.ofString()).body())
                .at("/capacity/in_use")
                .asInt();
    }

    private static ObjectNode message(String text) {
        return JsonNodeFactory.instance.objectNode().put("message", text);
    }
}
