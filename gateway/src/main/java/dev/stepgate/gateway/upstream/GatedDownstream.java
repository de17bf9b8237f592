package dev.stepgate.gateway.upstream;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stepgate.environment.Passage;
import dev.stepgate.tool.Downstream;
import dev.stepgate.tool.ForwardingDownstream;
import dev.stepgate.tool.Reply;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Lets through to the agent what the manifest says may pass, and nothing else that an upstream might say or ask. */
final class GatedDownstream extends ForwardingDownstream {
    private static final int NOT_SERVED = Downstream.NOT_SERVED;

    private final Set<Passage> passes;
    private final boolean bare;

    /** @param bare whether words of the upstream are kept back, because the result's would be looked through */
    GatedDownstream(Set<Passage> passes, boolean bare, Downstream agent) {
        super(agent);
        this.passes = passes;
        this.bare = bare;
    }

    @Override
    public @Nullable String logLevel() {
        return passes.contains(Passage.LOGGING) ? agent.logLevel() : null;
    }

    @Override
    public void tell(String method, @Nullable ObjectNode params) {
        switch (method) {
            case "notifications/progress" -> {
                ObjectNode told = params;
                if (bare && params != null && params.has("message")) {
                    told = params.deepCopy();
                    told.remove("message");
                }
                agent.tell(method, told);
            }
            case "notifications/message" -> {
                if (passes.contains(Passage.LOGGING) && !bare) {
                    agent.tell(method, params);
                }
            }
            default -> {
                if (Listening.passes(method, passes)) {
                    agent.tell(method, params);
                }
            }
        }
    }

    @Override
    public Map<String, Reply> ask(Map<String, Question> questions) {
        Map<String, Question> passing = new HashMap<>(questions);
        passing.values().removeIf(question -> !mayAsk(question.method()));
        Map<String, Reply> answers = new HashMap<>();
        if (!passing.isEmpty() || questions.isEmpty()) {
            answers.putAll(agent.ask(passing));
        }
        for (String refused : questions.keySet()) {
            if (!passing.containsKey(refused)) {
                answers.put(refused, new Reply.Failure(NOT_SERVED, "the agent can not be asked this", null));
            }
        }
        return answers;
    }

    private boolean mayAsk(String method) {
        return switch (method) {
            case "sampling/createMessage" -> passes.contains(Passage.SAMPLING);
            case "elicitation/create" -> passes.contains(Passage.ELICITATION);
            case "roots/list" -> passes.contains(Passage.ROOTS);
            default -> false;
        };
    }
}
