package dev.stepgate.adapter.stdio;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stepgate.adapter.McpClient;
import dev.stepgate.mcp.ProtocolVersion;
import dev.stepgate.tool.Credential;
import dev.stepgate.tool.Deadline;
import java.io.InputStream;
import java.io.OutputStream;
import org.jspecify.annotations.Nullable;

/**
 * MCP with a child process over its standard streams: one JSON message per line.
 *
 * <p>A call that timed out or was given up is cancelled upstream and its late answer dropped; the adapter stays usable. It is
 * unusable for good once the child has ended or sent a line that is no message. A credential can not be attached on this
 * transport: one that is not {@link Credential.None} is refused.
 */
public final class StdioMcp {
    private StdioMcp() {}

    /**
     * Shakes hands with a child that runs already.
     *
     * @param stdout what the child writes; read by the adapter alone
     * @param stdin what the child reads; written by the adapter alone
     * @param endChild ends the child and everything it started; idempotent. It is run when the adapter is closed, and here
     *     when the handshake fails
     * @param mostCapabilities what agents may be asked for at most
     * @param known the revision it was found to speak before, or null to find out
     * @throws dev.stepgate.tool.Refusal when the child does not answer in time or not as MCP wants it
     */
    public static McpClient connect(
            InputStream stdout,
            OutputStream stdin,
            Runnable endChild,
            StdioLimits limits,
            ObjectNode mostCapabilities,
            @Nullable ProtocolVersion known,
            Deadline deadline) {
        MessagePump pump = new MessagePump(stdout, stdin, endChild, limits);
        pump.start();
        return McpClient.connect(pump, new Credential.None(), mostCapabilities, known, deadline);
    }
}
