package dev.stepgate.gateway.replay;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stepgate.client.ClientSettings;
import dev.stepgate.client.OpenEnvClient;
import dev.stepgate.client.OpenEnvException;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Has a gateway that runs play recorded episodes again, as a trainer would, and compares what its journal says of them with what
 * was recorded. Calls are made one after the other. Used by one thread.
 */
public final class Replayer implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();

    /** A gateway ends a step within 55 s; see {@code episode.deadline}. */
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    /** For how long an episode may go on whose replay was broken off, in seconds. */
    private static final int LIFE = 3_600;

    private final URI gateway;
    private final Map<String, String> authorization;
    private final Comparison comparison;
    private final HttpClient http = HttpClient.newHttpClient();

    /**
     * What a replay came to.
     *
     * @param calls how many were made again
     * @param differences what differs: {@code run N reset} or {@code run N call N TOOL}, from 0 and 1, and where
     */
    public record Result(int runs, int calls, List<Difference> differences) {
        public Result {
            differences = List.copyOf(differences);
        }
    }

    /**
     * One call, or one reset, that came to something else.
     *
     * @param run from 0
     * @param call from 1; 0 is the reset
     * @param tool empty for a reset
     * @param what one sentence for each place, at least one
     */
    public record Difference(int run, int call, String tool, List<String> what) {
        public Difference {
            what = List.copyOf(what);
        }
    }

    /** @param token the caller's, or null where the gateway asks for none */
    public Replayer(URI gateway, @Nullable String token, Comparison comparison) {
        this.gateway = gateway;
        this.authorization = token == null ? Map.of() : Map.of("Authorization", "Bearer " + token);
        this.comparison = comparison;
    }

    /**
     * Plays one episode again.
     *
     * @param environment where; not necessarily where it was recorded
     * @throws IOException if the gateway cannot be reached, does not open an episode, or cannot tell of it; the sentence says which
     * @throws IllegalArgumentException if the recording does not hold the arguments of its calls
     */
    public Result replay(Recording recording, String environment) throws IOException, InterruptedException {
        requireArguments(recording);
        ObjectNode opening =
                JsonNodeFactory.instance.objectNode().put("env", environment).put("ttl", LIFE);
        HttpResponse<String> opened = send("POST", "/episodes", BodyPublishers.ofString(opening.toString()));
        if (opened.statusCode() != 201) {
            throw new IOException("the gateway opens no episode of `" + environment + "`: " + opened.statusCode() + " "
                    + JSON.readTree(opened.body()).path("detail").asText());
        }
        JsonNode episode = JSON.readTree(opened.body());
        String path =
                "/episodes/" + URLEncoder.encode(episode.path("episode_id").asText(), StandardCharsets.UTF_8);
        try {
            // Another path to the gateway than the one it knows itself by.
            play(
                    recording,
                    gateway.resolve(
                            URI.create(episode.path("base_url").asText()).getPath()));
            return compared(recording, path);
        } finally {
            send("DELETE", path, BodyPublishers.noBody());
        }
    }

    private static void requireArguments(Recording recording) {
        for (Recording.Run run : recording.runs()) {
            ObjectNode reset = run.reset();
            boolean kept = (reset == null || !reset.has("parameters_digest"))
                    && run.calls().stream()
                            .allMatch(call -> call.path("arguments").isObject());
            if (!kept) {
                throw new IllegalArgumentException(
                        recording.name()
                                + ": the arguments of its calls were not kept: set stepgate.journal.payloads to full to keep them");
            }
        }
    }

    private void play(Recording recording, URI base) throws IOException {
        ClientSettings settings =
                ClientSettings.DEFAULT.withReplyTimeout(PATIENCE).withHeaders(authorization);
        try (OpenEnvClient client = OpenEnvClient.connect(base, settings, http)) {
            for (Recording.Run run : recording.runs()) {
                ObjectNode reset = run.reset();
                JsonNode seed = reset == null ? null : reset.get("seed");
                ObjectNode parameters = reset != null && reset.get("parameters") instanceof ObjectNode given
                        ? given
                        : JsonNodeFactory.instance.objectNode();
                client.reset(seed == null ? null : seed.longValue(), null, parameters);
                for (ObjectNode call : run.calls()) {
                    make(client, call);
                }
            }
        } catch (OpenEnvException failed) {
            throw new IOException(recording.name() + " can not be played: " + failed.getMessage(), failed);
        }
    }

    /** What a call comes to is read from the journal, where a refusal is as good as an observation. */
    private static void make(OpenEnvClient client, ObjectNode call) {
        try {
            client.callTool(call.path("tool").asText(), (ObjectNode) call.path("arguments"));
        } catch (OpenEnvException.ServerError refused) {
            // Told in the journal too.
        }
    }

    private Result compared(Recording recording, String path) throws IOException, InterruptedException {
        List<Recording.Run> again = Recording.of(path, trajectory(path)).runs();
        List<Difference> differences = new ArrayList<>();
        int calls = 0;
        for (int i = 0; i < recording.runs().size(); i++) {
            Recording.Run one = recording.runs().get(i);
            // An episode begins with a run of its own.
            Recording.Run other = i + 1 < again.size() ? again.get(i + 1) : new Recording.Run(null, List.of());
            compare(i, 0, one.reset(), other.reset(), differences);
            for (int j = 0; j < one.calls().size(); j++) {
                ObjectNode call = j < other.calls().size() ? other.calls().get(j) : null;
                compare(i, j + 1, one.calls().get(j), call, differences);
            }
            calls += one.calls().size();
        }
        return new Result(recording.runs().size(), calls, differences);
    }

    private void compare(
            int run, int call, @Nullable ObjectNode one, @Nullable ObjectNode other, List<Difference> differences) {
        if (one == null) {
            return;
        }
        List<String> what =
                other == null ? List.of("there is no record of it now") : comparison.differences(one, other);
        if (!what.isEmpty()) {
            differences.add(new Difference(run, call, one.path("tool").asText(), what));
        }
    }

    private List<ObjectNode> trajectory(String path) throws IOException, InterruptedException {
        HttpResponse<Stream<String>> answer =
                http.send(request("GET", path + "/trajectory", BodyPublishers.noBody()), BodyHandlers.ofLines());
        try (Stream<String> lines = answer.body()) {
            if (answer.statusCode() != 200) {
                throw new IOException("the gateway does not tell what became of " + path + ": " + answer.statusCode());
            }
            List<ObjectNode> records = new ArrayList<>();
            for (String line : (Iterable<String>) lines::iterator) {
                records.add((ObjectNode) JSON.readTree(line));
            }
            return records;
        }
    }

    private HttpResponse<String> send(String method, String path, BodyPublisher body)
            throws IOException, InterruptedException {
        return http.send(request(method, path, body), BodyHandlers.ofString());
    }

    private HttpRequest request(String method, String path, BodyPublisher body) {
        HttpRequest.Builder request = HttpRequest.newBuilder(gateway.resolve(path))
                .timeout(PATIENCE)
                .header("Content-Type", "application/json")
                .method(method, body);
        authorization.forEach(request::header);
        return request.build();
    }

    @Override
    public void close() {
        http.shutdownNow();
    }
}
