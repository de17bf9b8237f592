package dev.stepgate.tool;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.function.BiConsumer;

/**
 * Speaks to one upstream on behalf of one episode run. Implementations block the calling (virtual) thread, may be called
 * by several threads at once, and keep every message as the tree it arrived as.
 *
 * <p>Every failure is a {@link Refusal}: {@code env_error} when the upstream died or spoke garbage, {@code timeout} when the
 * deadline passed, {@code cancelled} when the agent gave up. After any of them the adapter may be unusable; see
 * {@link #usable()}. Time in which the upstream waits for the agent does not count towards a deadline.
 */
public interface ToolAdapter extends AutoCloseable {

    /** All tools of the upstream, every page, in the upstream's order. */
    List<ToolDescriptor> listTools(Deadline deadline);

    /** Calls a tool once, never twice: a call that may have acted is not repeated. */
    Observation call(ToolCall call, Credential credential, Deadline deadline, Downstream downstream);

    /** The same where nobody takes anything but the answer. */
    default Observation call(ToolCall call, Credential credential, Deadline deadline) {
        return call(call, credential, deadline, Downstream.NOBODY);
    }

    /** What it offers beside tools. */
    default ServerFeatures features() {
        return ServerFeatures.TOOLS_ONLY;
    }

    /**
     * Makes a request of MCP that is no tool call: prompts, resources, completion, the level of logging.
     *
     * @param params as the agent sent them, without what belongs to the agent's own revision
     */
    default Reply request(
            String method, ObjectNode params, Credential credential, Deadline deadline, Downstream downstream) {
        return new Reply.Failure(Downstream.NOT_SERVED, "Method not found", null);
    }

    /**
     * Has what the upstream says of itself, outside of any request, told from now on. Replaces the listener before.
     *
     * @param heard takes method and params; must not block for long
     */
    default void listen(BiConsumer<String, ObjectNode> heard, Deadline deadline) {}

    /** Whether a further call can succeed. False for good once the upstream is gone or its stream is out of step. */
    boolean usable();

    /** Ends the connection, and the process where the adapter owns one. Safe to call twice and from any thread. */
    @Override
    void close();
}
