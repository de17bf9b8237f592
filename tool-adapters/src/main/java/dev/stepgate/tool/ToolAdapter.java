package dev.stepgate.tool;

import java.util.List;

/**
 * Speaks to one upstream on behalf of one episode run. Implementations block the calling (virtual) thread, may be called
 * by several threads at once, and keep every message as the tree it arrived as.
 *
 * <p>Every failure is a {@link Refusal}: {@code env_error} when the upstream died or spoke garbage, {@code timeout} when the
 * deadline passed. After either the adapter may be unusable; see {@link #usable()}.
 */
public interface ToolAdapter extends AutoCloseable {

    /** All tools of the upstream, every page, in the upstream's order. */
    List<ToolDescriptor> listTools(Deadline deadline);

    /** Calls a tool once, never twice: a call that may have acted is not repeated. */
    Observation call(ToolCall call, Credential credential, Deadline deadline);

    /** Whether a further call can succeed. False for good once the upstream is gone or its stream is out of step. */
    boolean usable();

    /** Ends the connection, and the process where the adapter owns one. Safe to call twice and from any thread. */
    @Override
    void close();
}
