package dev.stepgate.gateway.http;

import dev.stepgate.tool.Deadline;
import io.vertx.core.MultiMap;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * One request, read whole.
 *
 * @param rest the path below the environment or endpoint, without a leading slash
 * @param query the raw query, or empty
 * @param body as it came, at most as long as its endpoint takes
 * @param deadline until when it must be answered
 * @param wire the way back, for answers that are more than one piece
 */
record Ask(String method, String rest, String query, MultiMap headers, byte[] body, Deadline deadline, Wire wire) {

    Optional<String> header(String name) {
        return Optional.ofNullable(headers.get(name));
    }

    /** The answer to a GET or HEAD, and a refusal of every other method. */
    Answer ifGet(Supplier<Answer> answer) {
        return method.equals("GET") || method.equals("HEAD") ? answer.get() : Answer.methodNotAllowed("GET");
    }

    /** Whether the body calls itself JSON in UTF-8. */
    boolean isJson() {
        String type = header("Content-Type").orElse("").toLowerCase(java.util.Locale.ROOT);
        String media = type.contains(";") ? type.substring(0, type.indexOf(';')).strip() : type.strip();
        return media.equals("application/json")
                && (!type.contains("charset") || type.contains("charset=utf-8") || type.contains("charset=\"utf-8\""));
    }
}
