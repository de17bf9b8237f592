package dev.stepgate.gateway.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stepgate.gateway.catalog.CatalogEntry;
import dev.stepgate.gateway.catalog.ServedEnvironment;
import dev.stepgate.mcp.HeaderValue;
import dev.stepgate.tool.ParamHeaders;
import java.math.BigDecimal;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * Whether the headers of a stateless request say what its body says: whoever routes by the one must not be told another thing
 * than whoever acts on the other (MCP 2026-07-28, basic/transports).
 */
final class StatelessHeaders {
    private static final String NAME = "Mcp-Name";
    private static final int LONGEST_INTEGER = 64;

    private StatelessHeaders() {}

    /** What is wrong, in a sentence; empty where nothing is. */
    static Optional<String> mismatch(Ask ask, String method, ObjectNode params, ServedEnvironment environment) {
        Optional<String> wrong = compare(ask, "Mcp-Method", method);
        if (wrong.isPresent()) {
            return wrong;
        }
        Optional<String> name = switch (method) {
            case "tools/call", "prompts/get" -> text(params.path("name"));
            case "resources/read" -> text(params.path("uri"));
            default -> Optional.empty();
        };
        if (name.isPresent()) {
            wrong = compare(ask, NAME, name.get());
            if (wrong.isPresent()) {
                return wrong;
            }
        }
        return method.equals("tools/call") ? parameters(ask, params, environment) : Optional.empty();
    }

    private static Optional<String> text(JsonNode node) {
        return Optional.ofNullable(node.textValue());
    }

    private static Optional<String> compare(Ask ask, String header, String body) {
        List<String> sent = ask.headers().getAll(header);
        if (sent.size() != 1) {
            return Optional.of("header " + header + " is required once");
        }
        Optional<String> value = HeaderValue.decode(sent.getFirst());
        return value.isPresent() && value.get().equals(body)
                ? Optional.empty()
                : Optional.of("header " + header + " differs from the body");
    }

    private static Optional<String> parameters(Ask ask, ObjectNode params, ServedEnvironment environment) {
        Optional<ParamHeaders> marked = environment
                .catalog()
                .find(params.path("name").asText(""))
                .map(CatalogEntry::descriptor)
                .map(tool -> tool.headers())
                .filter(headers -> !headers.isEmpty());
        if (marked.isEmpty()) {
            return Optional.empty();
        }
        Map<String, JsonNode> wanted = params.path("arguments") instanceof ObjectNode arguments
                ? marked.get().values(arguments)
                : Map.of();
        for (Map.Entry<String, JsonNode> field : wanted.entrySet()) {
            List<String> sent = ask.headers().getAll(field.getKey());
            if (sent.size() != 1 || !says(sent.getFirst(), field.getValue())) {
                return Optional.of("header " + field.getKey() + " is missing or differs from the body");
            }
        }
        for (String header : ask.headers().names()) {
            boolean mirrored = marked.get().has(header.toLowerCase(Locale.ROOT));
            if (mirrored && wanted.keySet().stream().noneMatch(header::equalsIgnoreCase)) {
                return Optional.of("header " + header + " has no argument beside it");
            }
        }
        return Optional.empty();
    }

    private static boolean says(String header, JsonNode value) {
        Optional<String> said = HeaderValue.decode(header);
        if (said.isEmpty()) {
            return false;
        }
        if (value.isNumber() && said.get().length() <= LONGEST_INTEGER) {
            try {
                return new BigDecimal(said.get()).compareTo(value.decimalValue()) == 0;
            } catch (NumberFormatException none) {
                return false;
            }
        }
        return said.get().equals(value.asText());
    }
}
