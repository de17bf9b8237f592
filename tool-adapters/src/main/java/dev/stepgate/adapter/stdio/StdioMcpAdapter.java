package dev.stepgate.adapter.stdio;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stepgate.adapter.McpAnswers;
import dev.stepgate.environment.Sandbox;
import dev.stepgate.tool.Credential;
import dev.stepgate.tool.Deadline;
import dev.stepgate.tool.Observation;
import dev.stepgate.tool.Refusal;
import dev.stepgate.tool.ToolAdapter;
import dev.stepgate.tool.ToolCall;
import dev.stepgate.tool.ToolDescriptor;
import java.util.List;

/** An MCP server on the standard streams of a sandbox that this adapter owns. */
public final class StdioMcpAdapter implements ToolAdapter {
    /** The longest message that is taken from an upstream, in bytes. */
    public static final int MAX_LINE = 16 * 1024 * 1024;

    private final Sandbox sandbox;
    private final MessagePump pump;

    private StdioMcpAdapter(Sandbox sandbox, MessagePump pump) {
        this.sandbox = sandbox;
        this.pump = pump;
    }

    /**
     * Opens the session. Ends the sandbox when that fails.
     *
     * @throws Refusal {@code env_error} or {@code timeout}
     */
    public static StdioMcpAdapter open(Sandbox sandbox, Deadline deadline) {
        MessagePump pump = new MessagePump(sandbox.stdout(), sandbox.stdin(), MAX_LINE);
        pump.start();
        StdioMcpAdapter adapter = new StdioMcpAdapter(sandbox, pump);
        try {
            McpAnswers.agreed(pump.ask("initialize", McpAnswers.initialize(), deadline));
            pump.tell("notifications/initialized");
            return adapter;
        } catch (Refusal refusal) {
            adapter.close();
            throw refusal;
        }
    }

    @Override
    public List<ToolDescriptor> listTools(Deadline deadline) {
        return McpAnswers.allTools((ObjectNode params) -> pump.ask("tools/list", params, deadline));
    }

    /** A credential reaches a process when it starts, never with a call, so there is none to attach here. */
    @Override
    public Observation call(ToolCall call, Credential credential, Deadline deadline) {
        return McpAnswers.observation(pump.ask("tools/call", McpAnswers.toolCall(call), deadline));
    }

    @Override
    public boolean usable() {
        return pump.isRunning();
    }

    @Override
    public void close() {
        pump.close();
        sandbox.close();
    }
}
