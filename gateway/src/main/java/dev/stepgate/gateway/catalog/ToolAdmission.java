package dev.stepgate.gateway.catalog;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeType;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stepgate.tool.ToolDescriptor;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** What a tool's definition must not hold, because agents would read what people do not see, or clients would fail on it. */
public final class ToolAdmission {
    private static final int LONGEST_TITLE = 1_000;
    private static final int LONGEST_DESCRIPTION = 32 * 1024;
    private static final int LONGEST_DEFINITION_TEXT = 128 * 1024;
    private static final List<String> TEXTS = List.of("title", "description");
    private static final List<String> OBJECTS = List.of("outputSchema", "annotations", "execution", "_meta");
    private static final Pattern PROPERTY = Pattern.compile("[\\x21-\\x7e]{1,128}");

    private ToolAdmission() {}

    /** Why a tool is not offered; empty where it may be. */
    public static Optional<String> refuse(ToolDescriptor tool) {
        if (tool.description().length() > LONGEST_DESCRIPTION) {
            return Optional.of("its description is longer than " + LONGEST_DESCRIPTION + " characters");
        }
        if (tool.definition().path("title").asText("").length() > LONGEST_TITLE) {
            return Optional.of("its title is longer than " + LONGEST_TITLE + " characters");
        }
        Optional<String> misshapen = misshapen(tool.definition());
        if (misshapen.isPresent()) {
            return misshapen;
        }
        if (tool.definition().at("/execution/taskSupport").asText("").equals("required")) {
            return Optional.of(
                    "it runs as a task alone (`execution.taskSupport`), and tasks are not negotiated with upstreams");
        }
        int[] left = {LONGEST_DEFINITION_TEXT};
        Optional<String> hidden = hidden(tool.definition(), left);
        if (hidden.isPresent()) {
            return hidden;
        }
        for (Map.Entry<String, JsonNode> property :
                tool.inputSchema().path("properties").properties()) {
            if (!PROPERTY.matcher(property.getKey()).matches()) {
                return Optional.of("a property of its input has a name outside the printable characters of ASCII");
            }
        }
        return Optional.empty();
    }

    /** Clients read the list as a whole: one tool that they cannot read would cost them all the others. */
    private static Optional<String> misshapen(ObjectNode definition) {
        return Stream.of(
                        TEXTS.stream().filter(key -> !isNoneOr(definition.path(key), JsonNodeType.STRING)),
                        OBJECTS.stream().filter(key -> !isNoneOr(definition.path(key), JsonNodeType.OBJECT)),
                        Stream.of("icons").filter(key -> !isNoneOr(definition.path(key), JsonNodeType.ARRAY)))
                .flatMap(keys -> keys)
                .findFirst()
                .map(key -> "its `" + key + "` is of a kind that the specification does not allow");
    }

    private static boolean isNoneOr(JsonNode node, JsonNodeType type) {
        return node.isMissingNode() || node.isNull() || node.getNodeType() == type;
    }

    private static Optional<String> hidden(JsonNode node, int[] left) {
        if (node.isTextual()) {
            return hidden(node.textValue(), left);
        }
        for (Map.Entry<String, JsonNode> field : node.properties()) {
            Optional<String> found = hidden(field.getKey(), left);
            if (found.isPresent()) {
                return found;
            }
        }
        for (JsonNode child : node) {
            Optional<String> found = hidden(child, left);
            if (found.isPresent()) {
                return found;
            }
        }
        return Optional.empty();
    }

    private static Optional<String> hidden(String text, int[] left) {
        left[0] -= text.length();
        if (left[0] < 0) {
            return Optional.of("its definition holds more than " + LONGEST_DEFINITION_TEXT + " characters of text");
        }
        return text.codePoints().anyMatch(ToolAdmission::isHidden)
                ? Optional.of("its definition holds characters that nobody sees")
                : Optional.empty();
    }

    /**
     * Controls but for white space, marks that turn the direction of text, tag characters, and what has no width. The joiner
     * of emoji stays: it is in ordinary text.
     */
    private static boolean isHidden(int c) {
        return (c < 0x20 && c != '\t' && c != '\n' && c != '\r')
                || (c >= 0x7F && c <= 0x9F)
                || (c >= 0x202A && c <= 0x202E)
                || (c >= 0x2066 && c <= 0x2069)
                || c == 0x200B
                || (c >= 0x2060 && c <= 0x2064)
                || c == 0xFEFF
                || c == 0x061C
                || c == 0x200E
                || c == 0x200F
                || (c >= 0xE0000 && c <= 0xE007F);
    }
}
