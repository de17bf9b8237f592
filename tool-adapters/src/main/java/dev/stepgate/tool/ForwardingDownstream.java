package dev.stepgate.tool;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Passes everything on to another one; for those that change a part of it. As safe for many threads as the other one. */
public abstract class ForwardingDownstream implements Downstream {
    protected final Downstream agent;

    protected ForwardingDownstream(Downstream agent) {
        this.agent = agent;
    }

    @Override
    public ObjectNode capabilities() {
        return agent.capabilities();
    }

    @Override
    public @Nullable String logLevel() {
        return agent.logLevel();
    }

    @Override
    public @Nullable ObjectNode answers() {
        return agent.answers();
    }

    @Override
    public boolean wantsProgress() {
        return agent.wantsProgress();
    }

    @Override
    public boolean takesVisitError() {
        return agent.takesVisitError();
    }

    @Override
    public void tell(String method, @Nullable ObjectNode params) {
        agent.tell(method, params);
    }

    @Override
    public Map<String, Reply> ask(Map<String, Question> questions) {
        return agent.ask(questions);
    }

    @Override
    public void pause(long retryMillis) {
        agent.pause(retryMillis);
    }

    @Override
    public Runnable onCancel(Runnable action) {
        return agent.onCancel(action);
    }
}
