package dev.stepgate.gateway.upstream;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stepgate.environment.Passage;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BiConsumer;

/** Who listens to what the upstreams of one run say outside of any request. Thread-safe. */
final class Listening {
    static final int MOST_LISTENERS = 64;

    private final CopyOnWriteArrayList<BiConsumer<String, ObjectNode>> listeners = new CopyOnWriteArrayList<>();

    /** What may be told of an upstream that has these passages; anything else is its own matter. */
    static boolean passes(String method, Set<Passage> passages) {
        return switch (method) {
            case "notifications/tools/list_changed" -> true;
            case "notifications/prompts/list_changed" -> passages.contains(Passage.PROMPTS);
            case "notifications/resources/list_changed", "notifications/resources/updated" ->
                passages.contains(Passage.RESOURCES);
            case "notifications/message" -> passages.contains(Passage.LOGGING);
            case "notifications/elicitation/complete" -> passages.contains(Passage.ELICITATION);
            default -> false;
        };
    }

    /** Whether there was room for it. */
    boolean add(BiConsumer<String, ObjectNode> listener) {
        return listeners.contains(listener) || (listeners.size() < MOST_LISTENERS && listeners.add(listener));
    }

    void remove(BiConsumer<String, ObjectNode> listener) {
        listeners.remove(listener);
    }

    void tell(String method, ObjectNode params) {
        listeners.forEach(listener -> listener.accept(method, params));
    }
}
