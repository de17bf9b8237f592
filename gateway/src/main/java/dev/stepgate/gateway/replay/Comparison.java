package dev.stepgate.gateway.replay;

import com.fasterxml.jackson.core.JsonPointer;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stepgate.json.CanonicalJson;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** What two records of the same call, or the same reset, say differently. Immutable. */
public final class Comparison {
    private static final int LONGEST_VALUE = 120;

    /** What a record says that a repetition must say again; times, ids and versions of credentials are not among it. */
    private static final List<String> SAID =
            List.of("interface", "outcome", "code", "field", "reward", "reward_parts", "done");

    private static final String OBSERVATION = "observation";
    private static final String DIGEST = "observation_digest";

    private final List<JsonPointer> ignored;

    /** @param ignored places in a record, such as {@code /observation/content/0/text}, that may differ */
    public Comparison(List<JsonPointer> ignored) {
        this.ignored = List.copyOf(ignored);
    }

    /** @return one sentence for each place; empty where both say the same */
    public List<String> differences(ObjectNode recorded, ObjectNode again) {
        ObjectNode one = withoutIgnored(recorded);
        ObjectNode other = withoutIgnored(again);
        List<String> differences = new ArrayList<>();
        for (String field : SAID) {
            difference(JsonPointer.valueOf("/" + field), one.path(field), other.path(field))
                    .ifPresent(differences::add);
        }
        if (one.has(DIGEST) || other.has(DIGEST)) {
            digestDifference(one, other).ifPresent(differences::add);
        } else {
            difference(JsonPointer.valueOf("/" + OBSERVATION), one.path(OBSERVATION), other.path(OBSERVATION))
                    .ifPresent(differences::add);
        }
        return differences;
    }

    private ObjectNode withoutIgnored(ObjectNode record) {
        if (ignored.isEmpty()) {
            return record;
        }
        ObjectNode copy = record.deepCopy();
        for (JsonPointer pointer : ignored) {
            JsonNode holder = copy.at(pointer.head());
            if (holder instanceof ObjectNode object) {
                object.remove(pointer.last().getMatchingProperty());
            } else if (holder instanceof ArrayNode array
                    && array.has(pointer.last().getMatchingIndex())) {
                array.setNull(pointer.last().getMatchingIndex());
            }
        }
        return copy;
    }

    /** One of both journals kept no observations. */
    private static Optional<String> digestDifference(ObjectNode one, ObjectNode other) {
        return digest(one).equals(digest(other))
                ? Optional.empty()
                : Optional.of("/observation: another one; only digests were kept");
    }

    private static String digest(ObjectNode record) {
        JsonNode observation = record.path(OBSERVATION);
        return observation.isMissingNode() || observation.isNull()
                ? record.path(DIGEST).asText()
                : CanonicalJson.sha256(observation);
    }

    /** The first place below which two values differ. */
    private static Optional<String> difference(JsonPointer at, JsonNode one, JsonNode other) {
        if (one.equals(other)) {
            return Optional.empty();
        }
        if (one instanceof ObjectNode && other instanceof ObjectNode) {
            Set<String> names = new LinkedHashSet<>();
            one.fieldNames().forEachRemaining(names::add);
            other.fieldNames().forEachRemaining(names::add);
            return first(names.iterator(), at, one, other);
        }
        if (one instanceof ArrayNode && other instanceof ArrayNode && one.size() == other.size()) {
            for (int i = 0; i < one.size(); i++) {
                Optional<String> found = difference(at.appendIndex(i), one.path(i), other.path(i));
                if (found.isPresent()) {
                    return found;
                }
            }
        }
        return Optional.of(at + ": recorded " + shown(one) + ", now " + shown(other));
    }

    private static Optional<String> first(Iterator<String> names, JsonPointer at, JsonNode one, JsonNode other) {
        while (names.hasNext()) {
            String name = names.next();
            Optional<String> found = difference(at.appendProperty(name), one.path(name), other.path(name));
            if (found.isPresent()) {
                return found;
            }
        }
        return Optional.empty();
    }

    /** As JSON, so that no control character reaches a terminal. */
    private static String shown(JsonNode value) {
        if (value instanceof MissingNode) {
            return "nothing";
        }
        String text = value.toString();
        return text.length() <= LONGEST_VALUE ? text : text.substring(0, LONGEST_VALUE) + "…";
    }
}
