package dev.stepgate.gateway.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stepgate.adapter.Waits;
import dev.stepgate.gateway.session.HeldRequests;
import dev.stepgate.mcp.JsonRpcCodec;
import dev.stepgate.mcp.JsonRpcMessage;
import dev.stepgate.mcp.ModernMeta;
import dev.stepgate.tool.Downstream;
import dev.stepgate.tool.Refusal;
import dev.stepgate.tool.Reply;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * The agent's end of one request without a session, over as many HTTP requests as it takes. When the upstream asks something,
 * the request that is there is answered with {@code input_required}, and the call waits until the client comes back with
 * answers and {@code requestState}; then the new request is the one that is answered. A client that goes while its request is
 * there has cancelled the call.
 */
final class StatelessExchange implements Downstream, HeldRequests.Waiting, SlowRequests.Slow {
    private final HeldRequests held;
    private final HeldRequests.Asked asked;
    private final ObjectNode capabilities;
    private final @Nullable String logLevel;
    private final @Nullable ObjectNode answers;
    private final long id;
    private final Cancellation cancellation = new Cancellation();
    private final List<Batch> batches = new ArrayList<>();
    private volatile long startNanos = System.nanoTime();
    private long round;
    private @Nullable Seat seat;
    private @Nullable Reply outcome;

    /** One HTTP request, and what its client wants to be told under which names. */
    private static final class Seat {
        private final Wire wire;
        private final JsonNode id;
        private final @Nullable JsonNode progressToken;
        private @Nullable EventStream stream;

        Seat(Wire wire, JsonRpcMessage.Request request) {
            this.wire = wire;
            this.id = request.id();
            ObjectNode params = request.params();
            this.progressToken = params == null ? null : params.path("_meta").get("progressToken");
        }

        void finish(Reply reply) {
            ObjectNode message = StatelessAnswers.message(id, reply);
            if (stream == null) {
                wire.answer(Answer.json(StatelessAnswers.status(reply), message));
            } else {
                stream.send(null, dev.stepgate.json.StrictJson.bytes(message));
                stream.end();
            }
        }
    }

    /** Questions that came together; their answers go back together. */
    private static final class Batch {
        private final Map<String, Question> questions;
        private final Map<String, String> names = new LinkedHashMap<>();
        private final CompletableFuture<Map<String, Reply>> answers = new CompletableFuture<>();
        private boolean delivered;

        Batch(Map<String, Question> questions) {
            this.questions = questions;
        }
    }

    /** @param answers what the client sent without having been asked by us, or null */
    StatelessExchange(
            HeldRequests held,
            HeldRequests.Asked asked,
            ObjectNode capabilities,
            @Nullable String logLevel,
            @Nullable ObjectNode answers) {
        this.held = held;
        this.asked = asked;
        this.capabilities = capabilities;
        this.logLevel = logLevel;
        this.answers = answers;
        this.id = held.newId();
    }

    /** The request that is there now. */
    synchronized void sit(Wire wire, JsonRpcMessage.Request request) {
        Seat taken = new Seat(wire, request);
        seat = taken;
        startNanos = System.nanoTime();
        wire.onGone(() -> {
            if (isThere(taken)) {
                cancellation.cancel();
            }
        });
    }

    private synchronized boolean isThere(Seat asker) {
        return seat == asker;
    }

    /** The client is back with another request, and with answers. */
    synchronized void resume(Wire wire, JsonRpcMessage.Request request, JsonNode responses) {
        sit(wire, request);
        for (Batch batch : batches) {
            if (batch.delivered) {
                Map<String, Reply> answers = new HashMap<>();
                batch.names.forEach((name, key) -> {
                    if (responses.path(name) instanceof ObjectNode answer) {
                        answers.put(key, new Reply.Result(answer));
                    }
                });
                batch.answers.complete(answers);
            }
        }
        batches.removeIf(batch -> batch.delivered);
        Reply known = outcome;
        if (known != null) {
            finish(known);
        } else if (!batches.isEmpty()) {
            deliver();
        }
    }

    @Override
    public ObjectNode capabilities() {
        return capabilities;
    }

    @Override
    public @Nullable String logLevel() {
        return logLevel;
    }

    @Override
    public @Nullable ObjectNode answers() {
        return answers;
    }

    @Override
    public synchronized boolean wantsProgress() {
        return seat != null && seat.progressToken != null && seat.wire.takesEvents();
    }

    @Override
    public boolean takesVisitError() {
        return false;
    }

    @Override
    public void tell(String method, @Nullable ObjectNode params) {
        if (method.equals("notifications/message") && logLevel == null) {
            return; // this revision says nothing of the log unless it is asked to
        }
        EventStream stream;
        ObjectNode own = params;
        synchronized (this) {
            Seat here = seat;
            if (here == null || !here.wire.takesEvents()) {
                return;
            }
            stream = begun(here);
            if (method.equals("notifications/progress")) {
                if (here.progressToken == null || params == null) {
                    return;
                }
                own = params.deepCopy();
                own.set("progressToken", here.progressToken);
            }
        }
        stream.send(null, JsonRpcCodec.bytes(new JsonRpcMessage.Notification(method, own)));
    }

    private static EventStream begun(Seat here) {
        EventStream stream = here.stream;
        if (stream == null) {
            stream = here.wire.stream();
            here.stream = stream;
        }
        return stream;
    }

    @Override
    public Map<String, Reply> ask(Map<String, Question> questions) {
        Map<String, Reply> answers = new HashMap<>();
        Map<String, Question> possible = new LinkedHashMap<>(questions);
        possible.values().removeIf(question -> !Questions.canAnswer(capabilities, question));
        for (String key : questions.keySet()) {
            if (!possible.containsKey(key)) {
                answers.put(key, new Reply.Failure(NOT_SERVED, "the agent can not be asked this", null));
            }
        }
        if (!possible.isEmpty() || questions.isEmpty()) {
            answers.putAll(await(new Batch(possible)));
        }
        return answers;
    }

    private Map<String, Reply> await(Batch batch) {
        synchronized (this) {
            batches.add(batch);
            if (seat != null) {
                deliver();
            }
        }
        Runnable forget = cancellation.add(() -> batch.answers.completeExceptionally(Waits.cancelled()));
        try {
            return batch.answers.get(HeldRequests.HELD.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            throw Refusal.timeout("the agent gave no answer in time");
        } catch (InterruptedException e) {
            throw Waits.interrupted();
        } catch (ExecutionException e) {
            throw e.getCause() instanceof Refusal refusal ? refusal : new IllegalStateException(e);
        } finally {
            forget.run();
            synchronized (this) {
                batches.remove(batch);
            }
        }
    }

    /** Answers the request that is there with all that is asked. */
    private void deliver() {
        Seat here = seat;
        if (here == null) {
            return;
        }
        ObjectNode requests = JsonNodeFactory.instance.objectNode();
        for (Batch batch : batches) {
            batch.delivered = true;
            batch.names.clear();
            batch.questions.forEach((key, question) -> {
                String name = requests.has(key) ? key + "-" + (requests.size() + 1) : key;
                ObjectNode request = requests.putObject(name).put("method", question.method());
                if (question.params() != null) {
                    request.set("params", question.params());
                }
                batch.names.put(name, key);
            });
        }
        ObjectNode result =
                JsonNodeFactory.instance.objectNode().put(ModernMeta.RESULT_TYPE, ModernMeta.INPUT_REQUIRED);
        if (!requests.isEmpty()) {
            result.set("inputRequests", requests);
        }
        result.put("requestState", held.hold(id, ++round, asked, this));
        seat = null;
        here.finish(new Reply.Result(result));
    }

    @Override
    public Runnable onCancel(Runnable action) {
        return cancellation.add(action);
    }

    @Override
    public void expire() {
        cancellation.cancel();
    }

    @Override
    public long startNanos() {
        return startNanos;
    }

    @Override
    public void beginSoon() {
        Thread.ofVirtual().name("begin-stream").start(() -> {
            synchronized (this) {
                Seat here = seat;
                if (here != null && here.wire.takesEvents()) {
                    EventStream _ = begun(here);
                }
            }
        });
    }

    /** The call has come to its end; whoever is there is told, or whoever comes back. */
    synchronized void finish(Reply reply) {
        Seat here = seat;
        outcome = reply;
        if (here != null) {
            seat = null;
            held.forget(id);
            here.finish(reply);
        }
    }
}
