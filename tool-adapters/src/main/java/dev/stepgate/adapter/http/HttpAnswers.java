package dev.stepgate.adapter.http;

import dev.stepgate.adapter.McpConversation;
import dev.stepgate.adapter.http.HttpExchange.Part.Head;
import dev.stepgate.json.JsonProblem;
import dev.stepgate.json.StrictJson;
import dev.stepgate.mcp.JsonRpcCodec;
import dev.stepgate.mcp.JsonRpcMessage;
import dev.stepgate.mcp.JsonRpcMessage.Error;
import dev.stepgate.mcp.JsonRpcMessage.Notification;
import dev.stepgate.mcp.JsonRpcMessage.Request;
import dev.stepgate.mcp.JsonRpcMessage.Result;
import dev.stepgate.mcp.JsonRpcProblem;
import dev.stepgate.tool.OutcomeClass;
import dev.stepgate.tool.Refusal;

/** What an HTTP answer means. */
final class HttpAnswers {
    private HttpAnswers() {}

    static JsonRpcMessage read(byte[] bytes) {
        return JsonRpcCodec.read(StrictJson.parse(bytes, McpConversation.ANSWER));
    }

    /** Whether a message is the answer to our request {@code id}. */
    static boolean answers(JsonRpcMessage message, long id) {
        return switch (message) {
            case Result result -> McpConversation.isId(result.id(), id);
            case Error error -> McpConversation.isId(error.id(), id);
            case Request _, Notification _ -> false;
        };
    }

    /** The answer to request {@code id} in a body that is one JSON document. */
    static JsonRpcMessage plain(Head head, long id) {
        if (head.status() == 200) {
            JsonRpcMessage message = read(head.body().getBytes());
            if (answers(message, id)) {
                return message;
            }
            throw Refusal.environmentFailed("the upstream answered another request than it was asked");
        }
        return refused(head, id);
    }

    /** Some servers send a JSON-RPC error with a status of 400 or above; anything else is the status alone. */
    private static JsonRpcMessage refused(Head head, long id) {
        if (head.status() >= 400 && head.body().length() > 0) {
            try {
                JsonRpcMessage message = read(head.body().getBytes());
                // Whoever refuses a request by its head need not have read its id.
                if (message instanceof Error error && (error.id() == null || answers(message, id))) {
                    return message;
                }
            } catch (JsonProblem | JsonRpcProblem e) {
                // A page for people.
            }
        }
        throw Refusal.environmentFailed("the upstream answered with status " + head.status());
    }

    static void requireAccepted(Head head) {
        if (head.status() / 100 != 2) {
            throw Refusal.environmentFailed("the upstream answered a notification with status " + head.status());
        }
    }

    /** Whether the upstream may still work on the call. */
    static boolean leavesCallRunning(Refusal refusal) {
        return refusal.outcome() == OutcomeClass.TIMEOUT || refusal.outcome() == OutcomeClass.CANCELLED;
    }
}
