package dev.stepgate.adapter.http;

import dev.stepgate.adapter.McpTransport.Hearing;
import dev.stepgate.adapter.http.HttpExchange.Part;
import dev.stepgate.mcp.JsonRpcMessage;
import dev.stepgate.mcp.JsonRpcMessage.Error;
import dev.stepgate.mcp.JsonRpcMessage.Notification;
import dev.stepgate.mcp.JsonRpcMessage.Request;
import dev.stepgate.mcp.JsonRpcMessage.Result;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Reads an event stream for the answer to one request, over all the connections that it may take. For one thread. */
final class EventAnswers {
    private final long id;
    private final Hearing hearing;
    private final Consumer<Request> questions;
    private final int maxEventBytes;
    private SseReader reader;
    private @Nullable String lastId;
    private long retryMillis = -1;
    private @Nullable JsonRpcMessage answer;

    /**
     * @param id of the request, or -1 for a stream that answers none
     * @param questions takes requests of the server
     */
    EventAnswers(int maxEventBytes, long id, Hearing hearing, Consumer<Request> questions) {
        this.maxEventBytes = maxEventBytes;
        this.id = id;
        this.hearing = hearing;
        this.questions = questions;
        this.reader = new SseReader(maxEventBytes, this::accept);
    }

    /** Reads one connection to its end, or to the answer; null when it ended without. */
    @Nullable
    JsonRpcMessage read(HttpExchange exchange) {
        reader = new SseReader(maxEventBytes, this::accept);
        while (answer == null) {
            Part part = exchange.next(hearing::remainingNanos);
            if (!(part instanceof Part.Chunk chunk)) {
                return null;
            }
            reader.feed(chunk.bytes().getBytes());
            lastId = reader.lastId() == null ? lastId : reader.lastId();
            retryMillis = reader.retryMillis() < 0 ? retryMillis : reader.retryMillis();
        }
        return answer;
    }

    /** Up to which event the stream was read, or null where it can not be taken up again. */
    @Nullable
    String lastId() {
        return lastId;
    }

    /** How long to wait before it is taken up again, in milliseconds. */
    long retryMillis(long otherwise) {
        return retryMillis < 0 ? otherwise : retryMillis;
    }

    private void accept(byte[] data) {
        switch (HttpAnswers.read(data)) {
            case Request request -> questions.accept(request);
            case Notification notification -> hearing.told(notification);
            case Result result -> accept(result);
            case Error error -> accept(error);
        }
    }

    private void accept(JsonRpcMessage message) {
        if (answer == null && HttpAnswers.answers(message, id)) {
            answer = message;
        }
    }
}
