package dev.stepgate.adapter.stdio;

import dev.stepgate.adapter.McpConversation;
import dev.stepgate.mcp.McpMethod;
import dev.stepgate.tool.Credential;
import dev.stepgate.tool.Deadline;
import dev.stepgate.tool.Observation;
import dev.stepgate.tool.Refusal;
import dev.stepgate.tool.ToolAdapter;
import dev.stepgate.tool.ToolCall;
import dev.stepgate.tool.ToolDescriptor;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.List;

/**
 * Speaks MCP with a child process over its standard streams: one JSON message per line (MCP 2025-11-25, basic/transports).
 *
 * <p>A call that timed out is cancelled upstream and its late answer dropped; the adapter stays usable. It is unusable for
 * good once the child has ended or sent a line that is no message. A credential can not be attached on this transport: one
 * that is not {@link Credential.None} is refused.
 */
public final class StdioMcpAdapter implements ToolAdapter {
    private final MessagePump pump;
    private final Runnable endChild;

    private StdioMcpAdapter(MessagePump pump, Runnable endChild) {
        this.pump = pump;
        this.endChild = endChild;
    }

    /**
     * Shakes hands with a child that runs already.
     *
     * @param stdout what the child writes; read by the adapter alone
     * @param stdin what the child reads; written by the adapter alone
     * @param endChild ends the child and everything it started; idempotent. It is run by {@link #close()}, and here when the
     *     handshake fails
     * @throws Refusal when the child does not answer in time or not as MCP wants it
     */
    public static StdioMcpAdapter connect(
            InputStream stdout, OutputStream stdin, Runnable endChild, StdioLimits limits, Deadline deadline) {
        StdioMcpAdapter adapter = new StdioMcpAdapter(new MessagePump(stdout, stdin, limits), endChild);
        adapter.pump.start();
        try {
            adapter.initialize(deadline);
            return adapter;
        } catch (Refusal refusal) {
            adapter.close();
            throw refusal;
        }
    }

    private void initialize(Deadline deadline) {
        McpConversation.negotiated(pump.request(McpMethod.INITIALIZE, McpConversation.initializeParams(), deadline));
        pump.notify(McpConversation.initialized(), deadline);
    }

    @Override
    public List<ToolDescriptor> listTools(Deadline deadline) {
        return McpConversation.allTools(params -> pump.request(McpMethod.TOOLS_LIST, params, deadline));
    }

    @Override
    public Observation call(ToolCall call, Credential credential, Deadline deadline) {
        if (!(credential instanceof Credential.None)) {
            throw new IllegalArgumentException("a child process takes no credential with a call");
        }
        return McpConversation.observation(
                pump.request(McpMethod.TOOLS_CALL, McpConversation.callParams(call), deadline));
    }

    @Override
    public boolean usable() {
        return pump.usable();
    }

    /** Ends the child first: only then do the pipes let go of threads that are blocked on them. */
    @Override
    public void close() {
        pump.fail("the upstream was closed");
        endChild.run();
        pump.join();
    }
}
