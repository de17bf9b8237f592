package dev.stepgate.gateway.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stepgate.json.StrictJson;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What is to be written as the answer of one request.
 *
 * @param headers besides {@code Content-Length}
 * @param body not to be changed
 */
record Answer(int status, Map<String, String> headers, byte[] body) {
    private static final byte[] NOTHING = new byte[0];

    /** The request has been or will be answered by way of its {@link Wire}. */
    static final Answer ELSEWHERE = new Answer(0, Map.of(), NOTHING);

    boolean isElsewhere() {
        return status == 0;
    }

    static Answer json(int status, JsonNode body) {
        return new Answer(status, Map.of("Content-Type", "application/json"), StrictJson.bytes(body));
    }

    static Answer empty(int status) {
        return new Answer(status, Map.of(), NOTHING);
    }

    /** An error of our own endpoints: one sentence and a code. */
    static Answer error(int status, String code, String sentence) {
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        body.put("detail", sentence);
        body.put("code", code);
        return json(status, body);
    }

    static Answer healthy() {
        return json(200, JsonNodeFactory.instance.objectNode().put("status", "healthy"));
    }

    /** What OpenEnv's server says of a path that it does not have. */
    static Answer notFound() {
        return json(404, JsonNodeFactory.instance.objectNode().put("detail", "Not Found"));
    }

    static Answer methodNotAllowed(String allowed) {
        return json(405, JsonNodeFactory.instance.objectNode().put("detail", "Method Not Allowed"))
                .with("Allow", allowed);
    }

    static Answer forbidden(String sentence) {
        return error(403, "forbidden", sentence);
    }

    Answer with(String header, String value) {
        Map<String, String> more = new LinkedHashMap<>(headers);
        more.put(header, value);
        return new Answer(status, more, body);
    }
}
