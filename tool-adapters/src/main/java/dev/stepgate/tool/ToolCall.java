package dev.stepgate.tool;

import com.fasterxml.jackson.databind.node.ObjectNode;
import org.jspecify.annotations.Nullable;

/**
 * One call of one tool.
 *
 * @param tool the name under which the receiver knows the tool: what the agent sees until the call is authorised, the
 *     upstream's own name afterwards
 * @param arguments the arguments, not null and possibly empty; not to be changed by anybody
 * @param meta the request's {@code _meta} as far as an upstream may see it, or null
 */
public record ToolCall(
        String tool, ObjectNode arguments, @Nullable ObjectNode meta) {

    public ToolCall named(String upstreamName) {
        return new ToolCall(upstreamName, arguments, meta);
    }
}
