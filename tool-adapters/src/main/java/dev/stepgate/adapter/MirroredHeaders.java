package dev.stepgate.adapter;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stepgate.mcp.HeaderValue;
import java.util.LinkedHashMap;
import java.util.Map;

/** The header fields that a stateless request repeats of its body (MCP 2026-07-28, basic/transports). */
final class MirroredHeaders {
    private MirroredHeaders() {}

    static Map<String, String> of(String method, ObjectNode params, Map<String, JsonNode> arguments) {
        Map<String, String> headers = new LinkedHashMap<>();
        headers.put("Mcp-Method", method);
        JsonNode name = switch (method) {
            case "tools/call", "prompts/get" -> params.path("name");
            case "resources/read" -> params.path("uri");
            default -> params.path("");
        };
        if (name.isTextual()) {
            headers.put("Mcp-Name", HeaderValue.encode(name.textValue()));
        }
        arguments.forEach((header, value) -> headers.put(header, HeaderValue.encode(value.asText())));
        return headers;
    }
}
