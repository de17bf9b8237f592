package dev.stepgate.scrub;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.BinaryNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;

/** Looks through a tree, and copies only what it has to change. For one thread. */
final class TreeScrubber {
    private final PatternTable table;
    private final LongAdder hits;
    private long changes;

    TreeScrubber(PatternTable table, LongAdder hits) {
        this.table = table;
        this.hits = hits;
    }

    JsonNode scrubbed(JsonNode node) {
        return switch (node) {
            case ObjectNode object -> object(object);
            case ArrayNode array -> array(array);
            case TextNode text -> text(text);
            case BinaryNode binary -> text(TextNode.valueOf(binary.asText()));
            default -> number(node);
        };
    }

    private JsonNode text(TextNode node) {
        String clean = cleaned(node.textValue());
        return clean.equals(node.textValue()) ? node : TextNode.valueOf(clean);
    }

    /** A secret of digits alone can also be told as a number. */
    private JsonNode number(JsonNode node) {
        String text = node.isNumber() ? node.asText() : "";
        return cleaned(text).equals(text) ? node : TextNode.valueOf(TextScrubber.MARK);
    }

    private String cleaned(String text) {
        String clean = TextScrubber.scrubbed(text, table);
        if (!clean.equals(text)) {
            found();
        }
        return clean;
    }

    private void found() {
        changes++;
        hits.increment();
    }

    private JsonNode object(ObjectNode object) {
        long before = changes;
        ObjectNode copy = object.objectNode();
        object.properties().forEach(field -> copy.set(cleaned(field.getKey()), scrubbed(field.getValue())));
        return changes == before ? object : copy;
    }

    private JsonNode array(ArrayNode array) {
        long before = changes;
        ArrayNode copy = array.arrayNode(array.size());
        array.forEach(item -> copy.add(scrubbed(item)));
        return joined(changes == before ? array : copy);
    }

    /** Texts that hold a secret only when they are read one after the other, as the text items of a result are. */
    private JsonNode joined(ArrayNode array) {
        Map<String, List<Part>> texts = new LinkedHashMap<>();
        for (int i = 0; i < array.size() && array.size() > 1; i++) {
            int index = i;
            JsonNode item = array.get(i);
            if (item.isTextual()) {
                texts.computeIfAbsent("", _ -> new ArrayList<>()).add(new Part(index, item.textValue()));
            }
            item.properties().forEach(field -> {
                if (field.getValue().isTextual()) {
                    texts.computeIfAbsent(field.getKey(), _ -> new ArrayList<>())
                            .add(new Part(index, field.getValue().textValue()));
                }
            });
        }
        ArrayNode clean = array;
        for (Map.Entry<String, List<Part>> field : texts.entrySet()) {
            StringBuilder together = new StringBuilder();
            field.getValue().forEach(part -> together.append(part.text()));
            String joined = together.toString();
            if (field.getValue().size() > 1
                    && !TextScrubber.scrubbed(joined, table).equals(joined)) {
                found();
                clean = clean.deepCopy();
                for (Part part : field.getValue()) {
                    blank(clean, part.index(), field.getKey());
                }
            }
        }
        return clean;
    }

    private static void blank(ArrayNode array, int index, String field) {
        if (field.isEmpty()) {
            array.set(index, TextNode.valueOf(TextScrubber.MARK));
        } else {
            ((ObjectNode) array.get(index)).put(field, TextScrubber.MARK);
        }
    }

    private record Part(int index, String text) {}
}
