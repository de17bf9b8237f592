package dev.stepgate.tool;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.jspecify.annotations.Nullable;

/** What one side of MCP answers to a request of the other, without the envelope. */
public sealed interface Reply {

    /** A good answer, with every field its sender gave it; not to be changed. */
    record Result(ObjectNode result) implements Reply {}

    /**
     * A bad one.
     *
     * @param code JSON-RPC's, MCP's or the sender's own
     * @param message for people
     * @param data anything more, or null
     */
    record Failure(int code, String message, @Nullable JsonNode data) implements Reply {}
}
