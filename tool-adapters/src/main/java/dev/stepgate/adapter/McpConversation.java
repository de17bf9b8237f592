package dev.stepgate.adapter;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stepgate.json.Limits;
import dev.stepgate.mcp.CallToolResult;
import dev.stepgate.mcp.JsonRpcCode;
import dev.stepgate.mcp.JsonRpcMessage;
import dev.stepgate.mcp.JsonRpcMessage.Error;
import dev.stepgate.mcp.JsonRpcMessage.Notification;
import dev.stepgate.mcp.JsonRpcMessage.Request;
import dev.stepgate.mcp.JsonRpcMessage.Result;
import dev.stepgate.mcp.McpMethod;
import dev.stepgate.mcp.ModernMeta;
import dev.stepgate.mcp.ProtocolVersion;
import dev.stepgate.tool.Downstream.Question;
import dev.stepgate.tool.Observation;
import dev.stepgate.tool.OutcomeClass;
import dev.stepgate.tool.ParamHeaders;
import dev.stepgate.tool.Refusal;
import dev.stepgate.tool.Reply;
import dev.stepgate.tool.ServerFeatures;
import dev.stepgate.tool.ToolCall;
import dev.stepgate.tool.ToolDescriptor;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** What an MCP client says and understands whatever the transport. */
public final class McpConversation {
    /** Tools of one upstream, and pages they may come in. */
    public static final int MOST_TOOLS = 1_000;

    public static final int MOST_PAGES = 100;

    private static final int MOST_QUESTIONS = 32;

    /** An answer of an upstream. One string, an image for example, may fill it. */
    public static final Limits ANSWER = Limits.MESSAGE.withMaxStringLength(Limits.MESSAGE.maxBytes());

    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    private McpConversation() {}

    /** How long a stateless server may take to say that it will tell of changes. */
    static final Duration PROBE = Duration.ofSeconds(3);

    static ObjectNode empty() {
        return NODES.objectNode();
    }

    /** The {@code params} of {@code initialize}. */
    public static ObjectNode initializeParams(ObjectNode capabilities) {
        ObjectNode params = NODES.objectNode().put("protocolVersion", ProtocolVersion.NEWEST_WITH_SESSIONS.wireName());
        params.set("capabilities", capabilities);
        params.set("clientInfo", clientInfo());
        return params;
    }

    private static ObjectNode clientInfo() {
        return NODES.objectNode().put("name", "stepgate").put("version", "0.1");
    }

    /** Puts into {@code _meta} what a stateless revision wants with every request. */
    static void describe(ObjectNode meta, ProtocolVersion version, ObjectNode capabilities, @Nullable String logLevel) {
        meta.put(ModernMeta.PROTOCOL_VERSION, version.wireName());
        meta.set(ModernMeta.CLIENT_CAPABILITIES, capabilities);
        meta.set(ModernMeta.CLIENT_INFO, clientInfo());
        if (logLevel != null) {
            meta.put(ModernMeta.LOG_LEVEL, logLevel);
        }
    }

    /** The capabilities that both have, as {@code first} says them. */
    static ObjectNode both(ObjectNode first, ObjectNode second) {
        ObjectNode both = NODES.objectNode();
        for (Map.Entry<String, JsonNode> capability : first.properties()) {
            if (second.has(capability.getKey())) {
                both.set(capability.getKey(), capability.getValue());
            }
        }
        return both;
    }

    /** What a server may ask of agents that have these capabilities. */
    static Set<String> questionsFor(ObjectNode capabilities) {
        Set<String> questions = new HashSet<>();
        if (capabilities.has("sampling")) {
            questions.add(McpMethod.SAMPLING_CREATE_MESSAGE.wireName());
        }
        if (capabilities.has("elicitation")) {
            questions.add(McpMethod.ELICITATION_CREATE.wireName());
        }
        if (capabilities.has("roots")) {
            questions.add(McpMethod.ROOTS_LIST.wireName());
        }
        return Set.copyOf(questions);
    }

    static boolean lists(JsonNode versions, ProtocolVersion wanted) {
        for (JsonNode version : versions) {
            if (wanted.wireName().equals(version.textValue())) {
                return true;
            }
        }
        return false;
    }

    /** Whether a server refused the newest revision and lists it in the same breath as one that it speaks. */
    static boolean speaksAfterAll(JsonRpcMessage answer) {
        return answer instanceof Error error
                && error.code() == JsonRpcCode.UNSUPPORTED_PROTOCOL_VERSION
                && error.data() != null
                && lists(error.data().path("supported"), ProtocolVersion.NEWEST);
    }

    static ServerFeatures features(ObjectNode described, ProtocolVersion version) {
        ObjectNode capabilities = described.path("capabilities") instanceof ObjectNode object ? object : empty();
        return new ServerFeatures(capabilities, version.wireName());
    }

    /** The revision that the answer to {@code initialize} settles. */
    public static ProtocolVersion negotiated(JsonRpcMessage answer) {
        if (!(answer instanceof Result result)) {
            throw Refusal.environmentFailed("the upstream refused to initialize");
        }
        String version = result.result().path("protocolVersion").asText("");
        return ProtocolVersion.withSessions(version)
                .orElseThrow(() -> Refusal.environmentFailed("the upstream speaks a protocol version we do not know"));
    }

    /** Whether a stateless server wants answers before it goes on. */
    static boolean wantsInput(JsonRpcMessage answer) {
        return answer instanceof Result result
                && ModernMeta.INPUT_REQUIRED.equals(
                        result.result().path(ModernMeta.RESULT_TYPE).textValue());
    }

    static Map<String, Question> questions(ObjectNode asked) {
        Map<String, Question> questions = new LinkedHashMap<>();
        JsonNode requests = asked.path("inputRequests");
        if (requests.size() > MOST_QUESTIONS) {
            throw Refusal.environmentFailed("the upstream asks more than " + MOST_QUESTIONS + " questions at once");
        }
        for (Map.Entry<String, JsonNode> request : requests.properties()) {
            String method = request.getValue().path("method").asText("");
            ObjectNode params = request.getValue().path("params") instanceof ObjectNode object ? object : null;
            questions.put(request.getKey(), new Question(method, params));
        }
        return questions;
    }

    /**
     * What a server of 2025-11-25 wants visited before it takes the request again, as questions.
     *
     * @param answer any answer; one that wants no visit has no questions
     */
    static Map<String, Question> visits(JsonRpcMessage answer) {
        if (!(answer instanceof Error error)
                || error.code() != JsonRpcCode.URL_ELICITATION_REQUIRED
                || error.data() == null) {
            return Map.of();
        }
        JsonNode wanted = error.data().path("elicitations");
        if (wanted.size() > MOST_QUESTIONS) {
            throw Refusal.environmentFailed("the upstream wants more than " + MOST_QUESTIONS + " visits at once");
        }
        Map<String, Question> visits = new LinkedHashMap<>();
        for (JsonNode visit : wanted) {
            if (visit instanceof ObjectNode params
                    && params.path("mode").asText("url").equals("url")) {
                String key = "visit-" + visits.size();
                visits.put(
                        key,
                        new Question(
                                McpMethod.ELICITATION_CREATE.wireName(),
                                params.deepCopy().put("mode", "url")));
            }
        }
        return visits;
    }

    /**
     * Whether the agent said that all visits are made; one of which it said nothing is asked for again by the server.
     *
     * @throws Refusal {@code cancelled} where the person would not
     */
    static boolean areMade(Map<String, Reply> visits) {
        for (Reply visit : visits.values()) {
            if (!(visit instanceof Reply.Result(ObjectNode result))) {
                return false;
            }
            if (!result.path("action").asText("").equals("accept")) {
                throw Refusal.of(
                        OutcomeClass.CANCELLED, "input.refused", "the URL was not visited that the tool needs visited");
            }
        }
        return true;
    }

    /** The request with answers that came before any question. */
    static ObjectNode answered(ObjectNode params, @Nullable ObjectNode answers) {
        if (answers == null) {
            return params;
        }
        ObjectNode sent = empty();
        sent.setAll(params);
        sent.set("inputResponses", answers);
        return sent;
    }

    /** The request again, with what the agent answered; what it left open is asked again by the server. */
    static ObjectNode retried(ObjectNode params, ObjectNode asked, Map<String, Reply> answers) {
        ObjectNode retried = empty();
        retried.setAll(params);
        if (asked.has("inputRequests")) {
            ObjectNode responses = retried.putObject("inputResponses");
            answers.forEach((key, answer) -> {
                if (!(answer instanceof Reply.Result(ObjectNode result))) {
                    throw Refusal.of(
                            OutcomeClass.CANCELLED, "input.refused", "the agent did not answer what the tool asked");
                }
                responses.set(key, result);
            });
        }
        JsonNode state = asked.get("requestState");
        if (state != null) {
            retried.set("requestState", state);
        }
        return retried;
    }

    /** The answer without its envelope. That a result is complete is not said: it is one. */
    static Reply reply(JsonRpcMessage answer) {
        return switch (answer) {
            case Result(JsonNode _, ObjectNode result) -> {
                if (ModernMeta.COMPLETE.equals(
                        result.path(ModernMeta.RESULT_TYPE).textValue())) {
                    result.remove(ModernMeta.RESULT_TYPE);
                }
                yield new Reply.Result(result);
            }
            case Error error -> new Reply.Failure(error.code(), error.message(), error.data());
            case Request _, Notification _ -> throw new IllegalArgumentException("not an answer");
        };
    }

    public static Notification initialized() {
        return new Notification(McpMethod.INITIALIZED.wireName(), null);
    }

    /** Tells the upstream that nobody waits for the answer to {@code id} any more. */
    public static Notification cancelled(long id) {
        ObjectNode params = NODES.objectNode().put("requestId", id).put("reason", "deadline passed");
        return new Notification(McpMethod.CANCELLED.wireName(), params);
    }

    /** Our answer to a request of the server. */
    public static JsonRpcMessage answerTo(Request request) {
        if (request.method().equals(McpMethod.PING.wireName())) {
            return new Result(request.id(), NODES.objectNode());
        }
        return new Error(request.id(), JsonRpcCode.METHOD_NOT_FOUND, "method not found", null);
    }

    /** What a server is told whose question came to no answer. */
    public static Error unanswered(Request request, Refusal refusal) {
        return new Error(request.id(), JsonRpcCode.INTERNAL_ERROR, refusal.reason(), null);
    }

    /** Whether {@code id}, as the upstream sent it, is ours. */
    public static boolean isId(@Nullable JsonNode id, long ours) {
        return id != null && id.isIntegralNumber() && id.longValue() == ours;
    }

    public static ObjectNode callParams(ToolCall call) {
        ObjectNode params = NODES.objectNode().put("name", call.tool());
        params.set("arguments", call.arguments());
        if (call.meta() != null) {
            params.set("_meta", call.meta());
        }
        return params;
    }

    /**
     * What {@code tools/call} came to. A JSON-RPC error becomes an observation of a tool error whose text is the upstream's
     * message, so that every face shows what was said; code and data are kept in {@code metadata.json_rpc_error}.
     */
    public static Observation observation(Reply reply) {
        return switch (reply) {
            case Reply.Result(ObjectNode result) -> {
                if (!result.path("content").isArray()) {
                    throw Refusal.environmentFailed("the upstream answered with a result that has no content");
                }
                yield Observation.of(result);
            }
            case Reply.Failure failure -> failed(failure);
        };
    }

    private static Observation failed(Reply.Failure failure) {
        ObjectNode metadata = NODES.objectNode();
        ObjectNode kept = metadata.putObject("json_rpc_error").put("code", failure.code());
        if (failure.data() != null) {
            kept.set("data", failure.data());
        }
        return new Observation(CallToolResult.text(failure.message(), true), true, null, false, metadata);
    }

    /**
     * Fetches all pages of {@code tools/list}.
     *
     * @param request sends {@code tools/list} with these {@code params} and returns the answer
     */
    public static List<ToolDescriptor> allTools(Function<ObjectNode, Reply> request) {
        List<ToolDescriptor> tools = new ArrayList<>();
        Set<String> cursors = new HashSet<>();
        ObjectNode params = NODES.objectNode();
        for (int page = 0; page < MOST_PAGES; page++) {
            ObjectNode result = listed(request.apply(params));
            add(result.path("tools"), tools);
            JsonNode cursor = result.path("nextCursor");
            if (!cursor.isTextual()) {
                return List.copyOf(tools);
            }
            if (!cursors.add(cursor.textValue())) {
                throw Refusal.environmentFailed("the upstream lists the same page of tools again");
            }
            params = NODES.objectNode().put("cursor", cursor.textValue());
        }
        throw Refusal.environmentFailed("the upstream lists more than " + MOST_PAGES + " pages of tools");
    }

    private static ObjectNode listed(Reply answer) {
        if (answer instanceof Reply.Result(ObjectNode result)
                && result.path("tools").isArray()) {
            return result;
        }
        throw Refusal.environmentFailed("the upstream does not list its tools");
    }

    private static void add(JsonNode page, List<ToolDescriptor> tools) {
        if (tools.size() + page.size() > MOST_TOOLS) {
            throw Refusal.environmentFailed("the upstream has more than " + MOST_TOOLS + " tools");
        }
        for (JsonNode tool : page) {
            if (!(tool instanceof ObjectNode definition)) {
                throw Refusal.environmentFailed("the upstream lists a tool that is no object");
            }
            // The specification has clients leave a tool out whose marks for headers are wrong.
            boolean wrong = definition.path("inputSchema") instanceof ObjectNode schema
                    && ParamHeaders.of(schema).isEmpty();
            if (!wrong) {
                tools.add(ToolDescriptor.of(definition));
            }
        }
    }
}
