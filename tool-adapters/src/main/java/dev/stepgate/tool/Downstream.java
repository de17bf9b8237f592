package dev.stepgate.tool;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The agent's end of one request: where what an upstream says and asks while it works goes, whatever revision of MCP either
 * speaks. Methods are called by any thread. The defaults are those of an agent that takes nothing but the answer.
 */
public interface Downstream {

    /** For callers that take nothing but the answer. */
    Downstream NOBODY = new Downstream() {};

    /** JSON-RPC's "method not found", which is what a client says to a request it does not serve. */
    int NOT_SERVED = -32601;

    /** What the agent can do, as MCP's {@code ClientCapabilities}. */
    default ObjectNode capabilities() {
        return JsonNodeFactory.instance.objectNode();
    }

    /** From which level on the agent wants log messages of this request, or null for the upstream's own choice. */
    default @Nullable String logLevel() {
        return null;
    }

    /** Answers that the agent sent with its request, by names it must have from elsewhere; or null. */
    default @Nullable ObjectNode answers() {
        return null;
    }

    /** Whether the agent asked to be told of progress. */
    default boolean wantsProgress() {
        return false;
    }

    /** Whether the agent's revision knows the error that names URLs to be visited before a call is repeated; else it is asked. */
    default boolean takesVisitError() {
        return true;
    }

    /** Passes a notification on. A progress token in it is replaced by the agent's own. May wait while the agent is slow. */
    default void tell(String method, @Nullable ObjectNode params) {}

    /**
     * Asks the agent what the upstream wants to know, and waits for it.
     *
     * @param questions by names that the upstream chose; none at all means that the agent shall come back later
     * @return the answers that the agent gave, by the same names; some may be missing
     * @throws Refusal {@code timeout} or {@code cancelled}
     */
    default Map<String, Reply> ask(Map<String, Question> questions) {
        return questions.entrySet().stream()
                .collect(Collectors.toMap(
                        Map.Entry::getKey,
                        question -> new Reply.Failure(NOT_SERVED, "the agent can not be asked this", null)));
    }

    /** The upstream ends its stream for now, and will go on when it is asked again after this many milliseconds. */
    default void pause(long retryMillis) {}

    /** Has an action run once when the agent gives up, at once if it has; the result takes it back. */
    default Runnable onCancel(Runnable action) {
        return () -> {};
    }

    /**
     * A request of an upstream to the agent.
     *
     * @param method {@code elicitation/create}, {@code sampling/createMessage} or {@code roots/list}
     */
    record Question(String method, @Nullable ObjectNode params) {}
}
