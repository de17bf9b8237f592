package dev.stepgate.gateway.catalog;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stepgate.json.CanonicalJson;
import dev.stepgate.policy.DenyCode;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What agents see of an environment, and whether it is the same in both modes: names, order, descriptions and schemas of the
 * tools, and the texts of refusals. Stateless.
 */
public final class InterfaceParity {
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    private InterfaceParity() {}

    /**
     * SHA-256 over the canonical form of the interface: equal digests are equal interfaces. The texts of refusals are part of it
     * because the two modes may be served by two releases.
     */
    public static String digest(List<CatalogEntry> tools) {
        ObjectNode whole = NODES.objectNode();
        ArrayNode definitions = whole.putArray("tools");
        tools.forEach(tool -> definitions.add(tool.definition()));
        ObjectNode texts = whole.putObject("refusals");
        for (DenyCode code : DenyCode.values()) {
            texts.put(code.wireName(), code.agentText());
        }
        return CanonicalJson.sha256(whole);
    }

    /** The first thing in which one mode's tools differ from the other's, as a clause; empty where nothing does. */
    public static Optional<String> firstDifference(List<CatalogEntry> training, List<CatalogEntry> production) {
        for (int i = 0; i < Math.max(training.size(), production.size()); i++) {
            if (i >= training.size() || i >= production.size()) {
                boolean more = i < training.size();
                CatalogEntry surplus = more ? training.get(i) : production.get(i);
                return Optional.of(quoted(surplus.visibleName()) + " is a tool in "
                        + (more ? "training and not in production" : "production and not in training"));
            }
            CatalogEntry one = training.get(i);
            CatalogEntry other = production.get(i);
            if (!one.visibleName().equals(other.visibleName())) {
                return Optional.of("tool " + (i + 1) + " is " + quoted(one.visibleName()) + " in training and "
                        + quoted(other.visibleName()) + " in production");
            }
            Optional<String> field = firstField(one.definition(), other.definition());
            if (field.isPresent()) {
                return Optional.of(quoted(field.get()) + " of tool " + quoted(one.visibleName())
                        + " is not the same in training and in production");
            }
        }
        return Optional.empty();
    }

    private static Optional<String> firstField(ObjectNode one, ObjectNode other) {
        TreeSet<String> names = new TreeSet<>();
        one.fieldNames().forEachRemaining(names::add);
        other.fieldNames().forEachRemaining(names::add);
        return names.stream()
                .filter(name -> differ(one.get(name), other.get(name)))
                .findFirst();
    }

    /** Compared in canonical form, so that 1 and 1.0 are one number and keys have no order. */
    private static boolean differ(@Nullable JsonNode one, @Nullable JsonNode other) {
        if (one == null || other == null) {
            return !Objects.equals(one, other);
        }
        return !one.equals(other) && !CanonicalJson.sha256(one).equals(CanonicalJson.sha256(other));
    }

    /** Names are an upstream's own words; a visible name was checked when the catalogue was made. */
    private static String quoted(String name) {
        return "`" + name.replaceAll("[^\\x20-\\x7e]", "?") + "`";
    }
}
