package dev.stepgate.tool;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One call of one tool.
 *
 * @param tool the name under which the receiver knows the tool: what the agent sees until the call is authorised, the
 *     upstream's own name afterwards
 * @param arguments the arguments, not null and possibly empty; not to be changed by anybody
 * @param headers the arguments that are repeated in headers of HTTP, by the header's name
 * @param meta the request's {@code _meta} as far as an upstream may see it, or null
 */
public record ToolCall(
        String tool, ObjectNode arguments, @Nullable ObjectNode meta, Map<String, JsonNode> headers) {

    /** A call as it comes from an agent. */
    public ToolCall(String tool, ObjectNode arguments, @Nullable ObjectNode meta) {
        this(tool, arguments, meta, Map.of());
    }

    /** The call as this tool's upstream knows it. */
    public ToolCall of(ToolDescriptor descriptor) {
        return new ToolCall(
                descriptor.name(), arguments, meta, descriptor.headers().values(arguments));
    }
}
