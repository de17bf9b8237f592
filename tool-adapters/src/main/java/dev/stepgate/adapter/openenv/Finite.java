package dev.stepgate.adapter.openenv;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

/** Numbers that Python writes and JSON does not have. */
final class Finite {
    private Finite() {}

    /** Puts null in the place of NaN and the infinities, as OpenEnv servers do themselves. The tree is nobody else's yet. */
    static void makeSo(JsonNode tree) {
        if (tree instanceof ObjectNode object) {
            object.properties().forEach(entry -> {
                if (isNone(entry.getValue())) {
                    entry.setValue(NullNode.instance);
                } else {
                    makeSo(entry.getValue());
                }
            });
        } else if (tree instanceof ArrayNode array) {
            for (int i = 0; i < array.size(); i++) {
                if (isNone(array.get(i))) {
                    array.set(i, NullNode.instance);
                } else {
                    makeSo(array.get(i));
                }
            }
        }
    }

    private static boolean isNone(JsonNode node) {
        return node.isDouble() && !Double.isFinite(node.doubleValue());
    }
}
