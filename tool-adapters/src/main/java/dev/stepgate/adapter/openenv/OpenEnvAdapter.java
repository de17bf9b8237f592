package dev.stepgate.adapter.openenv;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stepgate.adapter.EpisodeControl;
import dev.stepgate.adapter.McpConversation;
import dev.stepgate.mcp.McpMethod;
import dev.stepgate.tool.Credential;
import dev.stepgate.tool.Deadline;
import dev.stepgate.tool.Downstream;
import dev.stepgate.tool.Observation;
import dev.stepgate.tool.Refusal;
import dev.stepgate.tool.ToolAdapter;
import dev.stepgate.tool.ToolCall;
import dev.stepgate.tool.ToolDescriptor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Plays one run of an OpenEnv environment over one {@code /ws} socket. Calls of many threads take their turns. A tool call is
 * a {@code call_tool} step, which is what gives rewards; where the environment does not take such steps it is MCP in the same
 * socket. A call of an action tool is a step with that native action.
 *
 * <p>Unusable for good once a call was given up, the server was gone or spoke out of turn. Takes no credential: one that is
 * not {@link Credential.None} is refused.
 */
public final class OpenEnvAdapter implements ToolAdapter, EpisodeControl {
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    private final FrameLink link;
    private final ObjectNode action;
    private final Map<String, ActionTool> actions;
    private final List<ActionTool> actionsInOrder;
    private final Runnable afterwards;
    private final AtomicLong nextId = new AtomicLong(1);

    private OpenEnvAdapter(FrameLink link, ObjectNode action, List<ActionTool> actions, Runnable afterwards) {
        this.link = link;
        this.action = action;
        this.actionsInOrder = List.copyOf(actions);
        this.actions = actions.stream().collect(Collectors.toUnmodifiableMap(ActionTool::name, Function.identity()));
        this.afterwards = afterwards;
    }

    /**
     * Opens a session.
     *
     * @param actions the tools for native actions
     * @param afterwards ends the server where it is ours; run once by {@link #close()}, and here when this fails
     * @throws Refusal when the server does not answer in time or refuses the socket
     */
    public static OpenEnvAdapter connect(
            OpenEnvTransport transport,
            OpenEnvEndpoint endpoint,
            List<ActionTool> actions,
            Runnable afterwards,
            Deadline deadline) {
        try {
            ObjectNode action = ServerDocuments.action(ServerDocuments.schema(transport, endpoint, deadline));
            return new OpenEnvAdapter(FrameLink.open(transport, endpoint, deadline), action, actions, afterwards);
        } catch (RuntimeException failed) {
            afterwards.run();
            throw failed;
        }
    }

    @Override
    public FirstObservation reset(ObjectNode arguments, Deadline deadline) {
        return switch (link.ask(frame("reset", arguments), "observation", deadline)) {
            case FrameLink.Reply.Data(ObjectNode data) -> readable(data, Steps::read);
            case FrameLink.Reply.Failed failed ->
                throw Refusal.environmentFailed("the environment could not be reset: " + failed.message());
        };
    }

    @Override
    public ObjectNode state(Deadline deadline) {
        return switch (link.ask(NODES.objectNode().put("type", "state"), "state", deadline)) {
            case FrameLink.Reply.Data(ObjectNode data) -> data;
            case FrameLink.Reply.Failed failed ->
                throw Refusal.environmentFailed("the environment has no state: " + failed.message());
        };
    }

    /** The tools of its MCP list, or of its own list action where it has no MCP; then those for native actions. */
    @Override
    public List<ToolDescriptor> listTools(Deadline deadline) {
        List<ToolDescriptor> tools = new ArrayList<>(
                McpConversation.allTools(params -> new dev.stepgate.tool.Reply.Result(listed(params, deadline))));
        actionsInOrder.forEach(tool -> tools.add(tool.descriptor(action)));
        if (tools.isEmpty()) {
            throw Refusal.environmentFailed(
                    "the environment has no MCP tools: name its own action under `openenv: actions:` in its manifest");
        }
        return List.copyOf(tools);
    }

    private ObjectNode listed(ObjectNode params, Deadline deadline) {
        ObjectNode answer = rpc(McpMethod.TOOLS_LIST, params, deadline);
        JsonNode found = answer.path("result");
        if (!found.path("tools").isArray() && ServerDocuments.takesToolCalls(action)) {
            found = listStep(deadline);
        }
        ObjectNode result = NODES.objectNode();
        var tools = result.putArray("tools");
        for (JsonNode tool : found.path("tools")) {
            tools.add(tool instanceof ObjectNode dumped ? Spelling.tool(dumped) : tool);
        }
        if (found.path("nextCursor").isTextual()) {
            result.set("nextCursor", found.get("nextCursor"));
        }
        return result;
    }

    private JsonNode listStep(Deadline deadline) {
        ObjectNode list = NODES.objectNode().put("type", "list_tools");
        return switch (link.ask(frame("step", list), "observation", deadline)) {
            case FrameLink.Reply.Data(ObjectNode data) -> data.path("observation");
            case FrameLink.Reply.Failed _ -> NODES.objectNode();
        };
    }

    @Override
    public Observation call(ToolCall call, Credential credential, Deadline deadline, Downstream downstream) {
        if (!(credential instanceof Credential.None)) {
            throw new IllegalArgumentException("an OpenEnv server takes no credential with a call");
        }
        ActionTool tool = actions.get(call.tool());
        if (tool != null) {
            return stepped(tool.action(call.arguments()), Steps::ofAction, deadline);
        }
        if (!ServerDocuments.takesToolCalls(action)) {
            return overMcp(call, deadline);
        }
        ObjectNode step = NODES.objectNode().put("type", "call_tool").put("tool_name", call.tool());
        step.set("arguments", call.arguments());
        return stepped(step, Steps::ofTool, deadline);
    }

    private Observation stepped(ObjectNode step, Function<ObjectNode, Observation> read, Deadline deadline) {
        return switch (link.ask(frame("step", step), "observation", deadline)) {
            case FrameLink.Reply.Data(ObjectNode data) -> readable(data, read);
            case FrameLink.Reply.Failed failed -> Steps.refused(failed.message());
        };
    }

    private Observation overMcp(ToolCall call, Deadline deadline) {
        ObjectNode answer = rpc(McpMethod.TOOLS_CALL, McpConversation.callParams(call), deadline);
        if (answer.get("error") instanceof ObjectNode error) {
            return Steps.refused(error.path("message").asText("the tool failed"));
        }
        if (answer.get("result") instanceof ObjectNode result
                && result.path("content").isArray()) {
            return Observation.of(Spelling.result(result));
        }
        throw link.broken("the upstream answered with a result that has no content");
    }

    /** One JSON-RPC request in the socket; the answer's id tells whether it is ours. */
    private ObjectNode rpc(McpMethod method, ObjectNode params, Deadline deadline) {
        long id = nextId.getAndIncrement();
        ObjectNode request =
                NODES.objectNode().put("jsonrpc", "2.0").put("id", id).put("method", method.wireName());
        request.set("params", params);
        return switch (link.ask(frame("mcp", request), "mcp", deadline)) {
            case FrameLink.Reply.Data(ObjectNode data) -> {
                if (!McpConversation.isId(data.get("id"), id)) {
                    throw link.broken("the upstream answered to another request");
                }
                yield data;
            }
            case FrameLink.Reply.Failed _ -> NODES.objectNode();
        };
    }

    private <T> T readable(ObjectNode data, Function<ObjectNode, T> read) {
        try {
            return read.apply(data);
        } catch (Refusal garbage) {
            throw link.broken(garbage.reason());
        }
    }

    private static ObjectNode frame(String type, ObjectNode data) {
        ObjectNode frame = NODES.objectNode().put("type", type);
        frame.set("data", data);
        return frame;
    }

    @Override
    public boolean usable() {
        return link.usable();
    }

    /** Ends the session first: a server of its own is then ended between two requests. */
    @Override
    public void close() {
        link.close();
        afterwards.run();
    }
}
