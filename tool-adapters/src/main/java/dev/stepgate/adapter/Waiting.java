package dev.stepgate.adapter;

import dev.stepgate.adapter.McpTransport.Hearing;
import dev.stepgate.mcp.JsonRpcCode;
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

    private final Deadline deadline;
    private final Downstream downstream;
    private final Set<String> questionsAllowed;
    private final AtomicInteger questions = new AtomicInteger();
    private final AtomicLong waitedNanos = new AtomicLong();
    private volatile long askedSince;

    /** @param questionsAllowed the requests of the server that may reach the agent */
    Waiting(Deadline deadline, Downstream downstream, Set<String> questionsAllowed) {
        this.deadline = deadline;
        this.downstream = downstream;
        this.questionsAllowed = questionsAllowed;
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
    public boolean takesTime(Request request) {
        return questionsAllowed.contains(request.method());
    }

    @Override
    public JsonRpcMessage asked(Request request) {
        if (!takesTime(request)) {
            return McpConversation.answerTo(request);
        }
        Reply reply = null;
        for (int i = 0;
                reply == null && i < McpClient.MOST_ROUNDS;
                i++) { // an agent that came back without is asked again
            reply = ask(Map.of(ALONE, new Question(request.method(), request.params())))
                    .get(ALONE);
        }
        if (reply == null) {
            reply = new Reply.Failure(JsonRpcCode.INTERNAL_ERROR, "the agent gave no answer", null);
        }
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
