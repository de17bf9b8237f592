package dev.stepgate.mcp;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.Serial;
import org.jspecify.annotations.Nullable;

/** Why a JSON document is no JSON-RPC message ({@link JsonRpcCode#INVALID_REQUEST}). */
public final class JsonRpcProblem extends RuntimeException {
    @Serial
    private static final long serialVersionUID = 1;

    private final transient @Nullable JsonNode id;

    JsonRpcProblem(@Nullable JsonNode id, String message) {
        super(message, null, false, false);
        this.id = id;
    }

    /** The id for the error answer; null where the message has none that is valid. */
    public @Nullable JsonNode id() {
        return id;
    }

    /** One sentence for the sender; never null, unlike {@link #getMessage()} by its type. */
    public String reason() {
        return String.valueOf(getMessage());
    }

    /** The answer to a request that is none. */
    public JsonRpcMessage.Error answer() {
        return new JsonRpcMessage.Error(id, JsonRpcCode.INVALID_REQUEST, reason(), null);
    }
}
