package dev.stepgate.adapter.http;

import com.fasterxml.jackson.databind.node.LongNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stepgate.adapter.McpAnswers;
import dev.stepgate.json.JsonProblem;
import dev.stepgate.json.StrictJson;
import dev.stepgate.mcp.JsonRpcMessage;
import dev.stepgate.mcp.ProtocolVersion;
import dev.stepgate.tool.Credential;
import dev.stepgate.tool.Deadline;
import dev.stepgate.tool.Observation;
import dev.stepgate.tool.Refusal;
import dev.stepgate.tool.ToolAdapter;
import dev.stepgate.tool.ToolCall;
import dev.stepgate.tool.ToolDescriptor;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * One session with an MCP server that speaks Streamable HTTP (revisions 2025-03-26 to 2025-11-25). Calls may run at once.
 *
 * <p>A session that the server no longer knows makes the adapter unusable: to open another would put the episode before a
 * server that has forgotten its steps.
 */
public final class StreamableHttpMcpAdapter implements ToolAdapter {
    private static final Duration GOODBYE = Duration.ofSeconds(2);
    private static final int NOT_FOUND = 404;

    private final HttpClient client;
    private final URI url;
    private final AtomicLong ids = new AtomicLong();
    private volatile @Nullable String session;
    private volatile @Nullable ProtocolVersion version;
    private volatile boolean usable = true;

    private StreamableHttpMcpAdapter(HttpClient client, URI url) {
        this.client = client;
        this.url = url;
    }

    /**
     * Opens a session.
     *
     * @param client shared by all sessions with this upstream; its pool and wait queue are bounded
     * @throws Refusal {@code env_error} or {@code timeout}
     */
    public static StreamableHttpMcpAdapter open(HttpClient client, URI url, Credential credential, Deadline deadline) {
        StreamableHttpMcpAdapter adapter = new StreamableHttpMcpAdapter(client, url);
        JsonRpcMessage.Response answer = adapter.ask("initialize", McpAnswers.initialize(), credential, deadline);
        adapter.version = McpAnswers.agreed(answer);
        adapter.tell("notifications/initialized", credential, deadline);
        return adapter;
    }

    @Override
    public List<ToolDescriptor> listTools(Deadline deadline) {
        Credential none = new Credential.None();
        return McpAnswers.allTools(params -> ask("tools/list", params, none, deadline));
    }

    @Override
    public Observation call(ToolCall call, Credential credential, Deadline deadline) {
        return McpAnswers.observation(ask("tools/call", McpAnswers.toolCall(call), credential, deadline));
    }

    private JsonRpcMessage.Response ask(String method, ObjectNode params, Credential credential, Deadline deadline) {
        long id = ids.incrementAndGet();
        byte[] body = StrictJson.bytes(JsonRpcMessage.request(LongNode.valueOf(id), method, params));
        HttpExchange.Answer answer = HttpExchange.send(client, options(credential), body, String.valueOf(id), deadline);
        if (answer.status() == NOT_FOUND && session != null) {
            usable = false;
            throw Refusal.environmentFailed("the upstream has ended its session");
        }
        if (method.equals("initialize")) {
            session = answer.session();
        }
        return response(answer, id);
    }

    private static JsonRpcMessage.Response response(HttpExchange.Answer answer, long id) {
        try {
            JsonRpcMessage message =
                    JsonRpcMessage.read(StrictJson.LENIENT_NUMBERS.parse(answer.body(), HttpExchange.MAX_ANSWER));
            if (message instanceof JsonRpcMessage.Response response
                    && response.id().asLong(-1) == id) {
                return response;
            }
        } catch (JsonProblem garbage) {
            // Told below: an answer that is no message is of no use, whatever it is.
        }
        throw Refusal.environmentFailed("the upstream answered with status " + answer.status() + " and no answer");
    }

    private void tell(String method, Credential credential, Deadline deadline) {
        byte[] body = StrictJson.bytes(JsonRpcMessage.notification(method, null));
        HttpExchange.send(client, options(credential), body, "", deadline);
    }

    /** From nothing: what is not put here does not leave. */
    private RequestOptions options(Credential credential) {
        RequestOptions options = new RequestOptions()
                .setMethod(HttpMethod.POST)
                .setAbsoluteURI(url.toString())
                .putHeader("Accept", "application/json, text/event-stream")
                .putHeader("Accept-Encoding", "identity")
                .putHeader("Content-Type", "application/json");
        String current = session;
        if (current != null) {
            options.putHeader("Mcp-Session-Id", current);
        }
        ProtocolVersion agreed = version;
        if (agreed != null) {
            options.putHeader("MCP-Protocol-Version", agreed.wireName());
        }
        if (credential instanceof Credential.Header header) {
            options.putHeader(header.name(), header.value().reveal());
        }
        return options;
    }

    @Override
    public boolean usable() {
        return usable;
    }

    /** Tells the server that the session is over, without waiting for what it says. */
    @Override
    public void close() {
        if (usable && session != null) {
            RequestOptions options = options(new Credential.None()).setMethod(HttpMethod.DELETE);
            options.setTimeout(GOODBYE.toMillis());
            client.request(options).onSuccess(request -> request.send());
        }
        usable = false;
    }
}
