package dev.stepgate.adapter.http;

import dev.stepgate.adapter.http.HttpExchange.Part;
import dev.stepgate.adapter.http.HttpExchange.Part.Chunk;
import dev.stepgate.mcp.JsonRpcMessage;
import dev.stepgate.mcp.JsonRpcMessage.Request;
import dev.stepgate.tool.Refusal;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Waits in an event stream for the answer to one request. For one thread. */
final class EventAnswers {
    private final long id;
    private final Consumer<Request> serverRequests;
    private final SseReader reader;
    private @Nullable JsonRpcMessage answer;

    EventAnswers(int maxEventBytes, long id, Consumer<Request> serverRequests) {
        this.id = id;
        this.serverRequests = serverRequests;
        this.reader = new SseReader(maxEventBytes, this::accept);
    }

    /** The answer, once it has come with this part or an earlier one; null until then. */
    @Nullable
    JsonRpcMessage after(Part part) {
        if (!(part instanceof Chunk chunk)) {
            throw Refusal.environmentFailed("the upstream ended its stream without an answer");
        }
        reader.feed(chunk.bytes().getBytes());
        return answer;
    }

    private void accept(byte[] data) {
        JsonRpcMessage message = HttpAnswers.read(data);
        if (message instanceof Request request) {
            serverRequests.accept(request);
        } else if (answer == null && HttpAnswers.answers(message, id)) {
            answer = message;
        }
    }
}
