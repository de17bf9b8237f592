package dev.stepgate.client;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stepgate.client.OpenEnvException.CapacityReached;
import dev.stepgate.client.OpenEnvException.ConnectionLost;
import dev.stepgate.client.OpenEnvException.ServerError;
import dev.stepgate.client.OpenEnvException.TimedOut;
import dev.stepgate.client.OpenEnvException.UnexpectedReply;
import dev.stepgate.json.JsonProblem;
import dev.stepgate.json.Limits;
import dev.stepgate.json.StrictJson;
import dev.stepgate.tool.Deadline;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/**
 * A session with an OpenEnv server over {@code /ws}: any server, Stepgate's {@code /envs/{env}} or the URL of one episode.
 *
 * <p>Every wait has a deadline. A request that gets no reply in time costs the socket, because its reply is still under
 * way; the next request then throws {@link ConnectionLost} until {@link #reconnect()} is called, and nothing is ever sent
 * twice. {@link OpenEnvException#mayHaveActed()} says whether a request that failed may be repeated without acting twice.
 * On an environment's URL a new socket is a new session, to be reset first; on an episode's URL the episode goes on.
 *
 * <p>Safe for use by many threads: requests go one after the other, each waiting for its turn within its own deadline. The
 * calling thread blocks; virtual threads suit. {@link #close()} from another thread ends a request that is waiting.
 */
public final class OpenEnvClient implements AutoCloseable {
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
    private static final String GOODBYE = "{\"type\":\"close\"}";

    private final URI endpoint;
    private final ClientSettings settings;
    private final HttpClient http;
    private final boolean ownsHttp;
    private final Limits replies;
    private final ReentrantLock turn = new ReentrantLock();
    private volatile OpenEnvConnection connection;
    private volatile boolean closed;
    private final AtomicLong lastId = new AtomicLong();

    private OpenEnvClient(URI endpoint, ClientSettings settings, HttpClient http, boolean ownsHttp) {
        this.endpoint = endpoint;
        this.settings = settings;
        this.http = http;
        this.ownsHttp = ownsHttp;
        // Frames are bounded in characters, each at most three bytes of UTF-8.
        this.replies = Limits.FRAME
                .withMaxBytes((int) Math.min(Integer.MAX_VALUE, 3L * settings.maxReplyLength()))
                .withMaxStringLength(settings.maxReplyLength());
        this.connection = OpenEnvConnection.open(http, endpoint, settings);
    }

    /** Connects with {@link ClientSettings#DEFAULT}. */
    public static OpenEnvClient connect(URI baseUrl) {
        return connect(baseUrl, ClientSettings.DEFAULT);
    }

    /**
     * Connects. A server that is full says so in the reply to the first request.
     *
     * @param baseUrl what a Python client is given as {@code base_url}: {@code http}, {@code https}, {@code ws} or {@code
     *     wss}, any path, no query, not the socket's own path
     * @throws IllegalArgumentException if the URL is none of these
     * @throws ConnectionLost if the server cannot be reached within the settings' connect timeout
     */
    public static OpenEnvClient connect(URI baseUrl, ClientSettings settings) {
        URI endpoint = SocketUrl.of(baseUrl);
        HttpClient http = HttpClient.newHttpClient();
        try {
            return new OpenEnvClient(endpoint, settings, http, true);
        } catch (OpenEnvException unreachable) {
            http.shutdownNow();
            throw unreachable;
        }
    }

    /**
     * Connects through an HTTP client that many sessions may share, which saves each of them a thread. It stays open when
     * this client is closed.
     */
    public static OpenEnvClient connect(URI baseUrl, ClientSettings settings, HttpClient shared) {
        return new OpenEnvClient(SocketUrl.of(baseUrl), settings, shared, false);
    }

    /** Resets without arguments. */
    public StepResult reset() {
        return reset(null, null, NODES.objectNode());
    }

    /**
     * Begins an episode.
     *
     * @param seed 0 or more, or null for none
     * @param episodeId at most 255 characters, or null for one of the server's
     * @param extra further arguments of the environment's reset, for example {@code split} and {@code index}
     */
    public StepResult reset(@Nullable Long seed, @Nullable String episodeId, ObjectNode extra) {
        ObjectNode arguments = extra.deepCopy();
        if (seed != null) {
            arguments.put("seed", seed);
        }
        if (episodeId != null) {
            arguments.put("episode_id", episodeId);
        }
        return StepResult.of(ask(request("reset", arguments), "observation", settings.replyTimeout()));
    }

    /** Takes a step with an action of the environment's own kind. */
    public StepResult step(ObjectNode action) {
        return step(action, settings.replyTimeout());
    }

    /** Takes a step whose reply may take this long instead of the settings' time. */
    public StepResult step(ObjectNode action, Duration replyTimeout) {
        return StepResult.of(ask(request("step", action), "observation", replyTimeout));
    }

    /** Calls a tool as a step, so that it is rewarded. A tool's own failure is a result with {@link StepResult#toolError()}. */
    public StepResult callTool(String name, ObjectNode arguments) {
        return callTool(name, arguments, settings.replyTimeout());
    }

    /** Calls a tool whose reply may take this long instead of the settings' time. */
    public StepResult callTool(String name, ObjectNode arguments, Duration replyTimeout) {
        ObjectNode action = NODES.objectNode().put("type", "call_tool").put("tool_name", name);
        action.set("arguments", arguments);
        return StepResult.of(ask(request("step", action), "observation", replyTimeout, reply -> {
            JsonNode answered = reply.path("observation").path("tool_name");
            return answered.isMissingNode() || name.equals(answered.textValue());
        }));
    }

    /** The state of the episode. */
    public EpisodeState state() {
        JsonNode reply = ask(NODES.objectNode().put("type", "state"), "state", settings.replyTimeout());
        return EpisodeState.of(reply instanceof ObjectNode state ? state : NODES.objectNode());
    }

    /** The tools of the environment: as MCP lists them, or, where a server has no MCP, as its {@code list_tools} does. */
    public List<OfferedTool> tools() {
        long id = lastId.incrementAndGet();
        ObjectNode list = NODES.objectNode().put("jsonrpc", "2.0").put("id", id).put("method", "tools/list");
        list.putObject("params");
        JsonNode reply = ask(
                request("mcp", list),
                "mcp",
                settings.replyTimeout(),
                answer -> answer.path("id").asLong(-1) == id);
        JsonNode tools = reply.path("result").path("tools");
        if (tools.isArray()) {
            return offered(tools);
        }
        ObjectNode action = NODES.objectNode().put("type", "list_tools");
        return offered(step(action).observation().path("tools"));
    }

    /** Whether the socket is believed to be there; a peer that vanished is noticed by the next request. */
    public boolean isOpen() {
        return connection.isOpen();
    }

    /**
     * Opens a new socket in place of this client's own, which is dropped. Nothing is sent on it: whether to reset, and
     * whether to repeat what failed, is the caller's to decide.
     *
     * @throws ConnectionLost if the server cannot be reached, or this client is closed
     * @throws TimedOut if a request of another thread goes on for longer than the connect timeout
     */
    public void reconnect() {
        awaitTurn(Deadline.in(settings.connectTimeout()), settings.connectTimeout());
        try {
            refuseIfClosed();
            connection.drop("it was replaced by a new one");
            connection = OpenEnvConnection.open(http, endpoint, settings);
            if (closed) {
                connection.drop("the client was closed");
            }
        } finally {
            turn.unlock();
        }
    }

    /**
     * Ends the session and waits, at most for the connect timeout, until the server has ended it too; a session that this
     * client's socket owns has then given its slot back. A request of another thread is cut off. Safe to call twice.
     */
    @Override
    public void close() {
        closed = true;
        if (turn.tryLock()) {
            try {
                connection.close(GOODBYE, Deadline.in(settings.connectTimeout()));
            } finally {
                turn.unlock();
            }
        }
        connection.drop("the client was closed");
        if (ownsHttp) {
            http.shutdownNow();
        }
    }

    private static ObjectNode request(String type, ObjectNode payload) {
        ObjectNode request = NODES.objectNode().put("type", type);
        request.set("data", payload);
        return request;
    }

    private JsonNode ask(ObjectNode request, String expected, Duration timeout) {
        return ask(request, expected, timeout, _ -> true);
    }

    /** One request and its reply, which must be of the expected type and fit. */
    private JsonNode ask(ObjectNode request, String expected, Duration timeout, Predicate<JsonNode> fits) {
        Deadline deadline = Deadline.in(timeout);
        String frame = new String(StrictJson.bytes(request), StandardCharsets.UTF_8);
        awaitTurn(deadline, timeout);
        try {
            refuseIfClosed();
            OpenEnvConnection current = connection;
            String words = current.lastWords();
            if (words != null) {
                throw refusal(words);
            }
            JsonNode reply = parsed(current.ask(frame, deadline));
            if (reply != null && reply.path("type").asText().equals("error")) {
                throw error(reply.path("data"));
            }
            if (reply == null || !reply.path("type").asText().equals(expected) || !fits.test(reply.path("data"))) {
                current.drop("its last reply did not fit the request");
                throw new UnexpectedReply("the reply is not that to this request");
            }
            return reply.path("data");
        } finally {
            turn.unlock();
        }
    }

    private void awaitTurn(Deadline deadline, Duration timeout) {
        try {
            if (!turn.tryLock(deadline.remainingNanos(), TimeUnit.NANOSECONDS)) {
                throw new TimedOut(timeout, false);
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new ConnectionLost("the thread was interrupted while it waited for its turn", false);
        }
    }

    private void refuseIfClosed() {
        if (closed) {
            throw new ConnectionLost("the client is closed", false);
        }
    }

    /** What a server said unasked before it closed: mostly that it is full. Nothing was sent after it. */
    private OpenEnvException refusal(String frame) {
        JsonNode tree = parsed(frame);
        return tree != null && tree.path("type").asText().equals("error")
                ? error(tree.path("data"))
                : new ConnectionLost("the socket is gone: the server sent a frame that nobody asked for", false);
    }

    private @Nullable JsonNode parsed(String frame) {
        try {
            return StrictJson.parse(frame.getBytes(StandardCharsets.UTF_8), replies);
        } catch (JsonProblem malformed) {
            return null;
        }
    }

    private OpenEnvException error(JsonNode details) {
        String code = details.path("code").asText("UNKNOWN");
        String message = details.path("message").asText("");
        return switch (code) {
            case "CAPACITY_REACHED" -> {
                connection.drop("the server is full");
                yield new CapacityReached(
                        message,
                        details.path("active_sessions").asInt(-1),
                        details.path("max_sessions").asInt(-1));
            }
            case "SESSION_ERROR", "FACTORY_ERROR" -> {
                connection.drop("the server ended the session");
                yield new ServerError(code, message, details);
            }
            default -> new ServerError(code, message, details);
        };
    }

    private static List<OfferedTool> offered(JsonNode tools) {
        return StreamSupport.stream(tools.spliterator(), false)
                .map(OfferedTool::of)
                .toList();
    }
}
