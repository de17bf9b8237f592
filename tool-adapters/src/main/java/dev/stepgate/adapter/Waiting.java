package dev.stepgate.adapter;

import dev.stepgate.adapter.McpTransport.Hearing;
import dev.stepgate.mcp.JsonRpcMessage;
import dev.stepgate.mcp.JsonRpcMessage.Notification;
import dev.stepgate.mcp.JsonRpcMessage.Request;
import dev.stepgate.tool.Deadline;
import dev.stepgate.tool.Downstream;
import dev.stepgate.tool.Downstream.Question;
import dev.stepgate.tool.Reply;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * One request that waits for its answer, with the agent's end of it. Time in which the upstream waits for the agent does not
 * count towards the deadline: a person needs longer than a tool. Thread-safe.
 */
final class Waiting implements Hearing {
    /** The key of a question that came alone. */
    private static final String ALONE = "request";

    private static final Set<String> QUESTIONS = Set.of("elicitation/create", "sampling/createMessage", "roots/list");

    private final Deadline deadline;
    private final Downstream downstream;
    private final AtomicInteger questions = new AtomicInteger();
    private final AtomicLong waitedNanos = new AtomicLong();
    private volatile long askedSince;

    Waiting(Deadline deadline, Downstream downstream) {
        this.deadline = deadline;
        this.downstream = downstream;
    }

    @Override
    public long remainingNanos() {
        long left = deadline.remainingNanos() + waitedNanos.get();
        return questions.get() > 0 ? left + System.nanoTime() - askedSince : left;
    }

    @Override
    public void told(Notification notification) {
        downstream.tell(notification.method(), notification.params());
    }

    @Override
    public void paused(long retryMillis) {
        downstream.pause(retryMillis);
    }

    @Override
    public JsonRpcMessage asked(Request request) {
        if (!QUESTIONS.contains(request.method())) {
            return McpConversation.answerTo(request);
        }
        Reply reply = ask(Map.of(ALONE, new Question(request.method(), request.params())))
                .getOrDefault(ALONE, new Reply.Failure(-32603, "the agent gave no answer", null));
        return switch (reply) {
            case Reply.Result(var result) -> new JsonRpcMessage.Result(request.id(), result);
            case Reply.Failure(int code, String message, var data) ->
                new JsonRpcMessage.Error(request.id(), code, message, data);
        };
    }

    /** Asks the agent while the clock of the request stands still. */
    Map<String, Reply> ask(Map<String, Question> batch) {
        long start = System.nanoTime();
        if (questions.getAndIncrement() == 0) {
            askedSince = start;
        }
        try {
            return downstream.ask(batch);
        } finally {
            if (questions.decrementAndGet() == 0) {
                waitedNanos.addAndGet(System.nanoTime() - askedSince);
            }
        }
    }

    @Override
    public Runnable onCancel(Runnable action) {
        return downstream.onCancel(action);
    }
}
