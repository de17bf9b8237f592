package dev.stepgate.adapter;

import dev.stepgate.mcp.JsonRpcMessage;
import dev.stepgate.mcp.JsonRpcMessage.Notification;
import dev.stepgate.mcp.JsonRpcMessage.Request;
import dev.stepgate.mcp.ProtocolVersion;
import dev.stepgate.tool.Credential;
import dev.stepgate.tool.Deadline;
import java.time.Duration;
import java.util.Map;

/**
 * Carries the messages of one MCP client to one server and back: a child's standard streams, or HTTP. What the messages mean
 * is {@link McpClient}'s matter. Blocks the calling thread; many may call at once.
 */
public interface McpTransport extends AutoCloseable {

    /**
     * Sends a request once and waits for its answer.
     *
     * @throws dev.stepgate.tool.Refusal {@code env_error}, {@code timeout} or {@code cancelled}; the server has been told
     *     that nobody waits any more
     * @throws SessionGone when the server did not look at it because it has forgotten the session
     */
    JsonRpcMessage request(Outgoing request, Hearing hearing);

    /** Sends a message that has no answer. */
    void send(JsonRpcMessage message, Deadline deadline);

    /** From now on this revision is spoken; before, none is agreed on. */
    void agreed(ProtocolVersion version);

    /** Has everything that comes outside of a request told; opens what is needed for that. */
    void listen(Hearing hearing);

    boolean usable();

    /** How long a server that answers at all may take to its first answer; silence longer than this is one. */
    Duration patience();

    @Override
    void close();

    /**
     * One request on its way.
     *
     * @param credential for a transport that can attach one
     * @param mirrored header fields that the revision wants repeated beside the body; not for every transport
     */
    record Outgoing(long id, Request message, Credential credential, Map<String, String> mirrored) {}

    /** Who hears what comes while a request waits. Methods may be called by any thread. */
    interface Hearing {

        void told(Notification notification);

        /** Whether a request of the server is one that somebody must be asked; all others are answered on the spot. */
        boolean takesTime(Request request);

        /** Answers a request of the server; may block, and is called on a thread that may. */
        JsonRpcMessage asked(Request request);

        /** The server has ended its stream for now. */
        void paused(long retryMillis);

        /** What is left of the time to wait, in nanoseconds; zero or less once it has passed. */
        long remainingNanos();

        /** Has an action run once when nobody waits any more; the result takes it back. */
        Runnable onCancel(Runnable action);
    }

    /** The server no longer knows the session, and so did not look at the message. */
    final class SessionGone extends RuntimeException {
        private static final long serialVersionUID = 1;

        public SessionGone() {
            super("session gone", null, false, false);
        }
    }
}
