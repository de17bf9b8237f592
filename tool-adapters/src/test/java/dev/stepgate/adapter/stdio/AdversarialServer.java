package dev.stepgate.adapter.stdio;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stepgate.json.StrictJson;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.Random;
import java.util.concurrent.LinkedBlockingQueue;

/**
 * An MCP server in this process that tells what it knows: by a channel, cut into pieces, and with one fault more. Its streams
 * are what a child's would be.
 */
final class AdversarialServer {
    /** Where in an answer, or beside it, the secret is told. */
    enum Channel {
        TEXT,
        STRUCTURED_VALUE,
        STRUCTURED_NAME,
        META,
        TOOL_ERROR,
        BLOB,
        IMAGE,
        URI,
        ERROR_MESSAGE,
        ERROR_DATA,
        PROGRESS,
        LOG,
        DESCRIPTION,
        CUT_INTO_ITEMS
    }

    /** What else is wrong with an answer. */
    enum Fault {
        NONE,
        ESCAPED_LETTERS,
        NOTICE_BEFORE,
        OTHER_ID_BEFORE,
        TWICE,
        PADDED,
        DEEP,
        UNKNOWN_FIELDS,
        ENDS_AFTER,
        ENDS_WITHIN
    }

    /** How the bytes are cut: 0 not at all, -1 at random, else into so many. */
    static final int[] CUTS = {0, 1, 3, 17, 64, -1};

    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
    private static final byte[] END = new byte[0];

    private final LinkedBlockingQueue<byte[]> pieces = new LinkedBlockingQueue<>();
    private final Random random = new Random(11);
    private volatile Trial trial = new Trial("", Channel.TEXT, Fault.NONE, 0);

    record Trial(String told, Channel channel, Fault fault, int cut) {
        boolean ends() {
            return fault == Fault.ENDS_AFTER || fault == Fault.ENDS_WITHIN;
        }
    }

    void play(Trial next) {
        trial = next;
    }

    /** What the client reads. */
    InputStream stdout() {
        return new InputStream() {
            private byte[] piece = END;
            private int at;

            @Override
            public int read() {
                byte[] one = new byte[1];
                return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
            }

            @Override
            public int read(byte[] into, int offset, int length) {
                if (at == piece.length) {
                    try {
                        piece = pieces.take();
                        at = 0;
                    } catch (InterruptedException e) {
                        return -1;
                    }
                }
                if (piece.length == 0) {
                    return -1;
                }
                int read = Math.min(length, piece.length - at);
                System.arraycopy(piece, at, into, offset, read);
                at += read;
                return read;
            }
        };
    }

    /** What the client writes. */
    OutputStream stdin() {
        return new OutputStream() {
            private final ByteArrayOutputStream line = new ByteArrayOutputStream();

            @Override
            public synchronized void write(int value) {
                if (value == '\n') {
                    heard((ObjectNode) StrictJson.parse(line.toByteArray()));
                    line.reset();
                } else {
                    line.write(value);
                }
            }
        };
    }

    void end() {
        pieces.add(END);
    }

    private void heard(ObjectNode message) {
        Trial now = trial;
        switch (message.path("method").asText()) {
            case "initialize" ->
                say(
                        answer(
                                message,
                                NODES.objectNode()
                                        .put("protocolVersion", "2025-11-25")
                                        .set("capabilities", NODES.objectNode())),
                        new Trial("", Channel.TEXT, Fault.NONE, 0));
            case "tools/list" -> {
                ObjectNode tools = NODES.objectNode();
                ObjectNode tool =
                        tools.putArray("tools").addObject().put("name", "tell").put("description", now.told());
                tool.putObject("inputSchema").put("type", "object");
                say(answer(message, tools), now);
            }
            case "tools/call" -> call(message, now);
            default -> {}
        }
    }

    private void call(ObjectNode message, Trial now) {
        ObjectNode result = NODES.objectNode();
        ArrayNode content = result.putArray("content");
        String told = now.told();
        switch (now.channel()) {
            case TEXT -> content.addObject().put("type", "text").put("text", told);
            case STRUCTURED_VALUE ->
                result.putObject("structuredContent")
                        .putObject("a")
                        .putArray("b")
                        .add(told);
            case STRUCTURED_NAME -> result.putObject("structuredContent").put(told, 1);
            case META -> result.putObject("_meta").put("note", told);
            case TOOL_ERROR -> {
                content.addObject().put("type", "text").put("text", "failed: " + told);
                result.put("isError", true);
            }
            case BLOB ->
                content.addObject()
                        .put("type", "resource")
                        .putObject("resource")
                        .put("uri", "x:y")
                        .put("blob", base64(told));
            case IMAGE ->
                content.addObject()
                        .put("type", "image")
                        .put("mimeType", "image/png")
                        .put("data", base64("PNG" + told));
            case URI ->
                content.addObject()
                        .put("type", "resource_link")
                        .put("name", "n")
                        .put("uri", "x:" + told);
            case CUT_INTO_ITEMS -> {
                for (int i = 0; i < told.length(); i += 1 + told.length() / 3) {
                    content.addObject()
                            .put("type", "text")
                            .put("text", told.substring(i, Math.min(told.length(), i + 1 + told.length() / 3)));
                }
            }
            case PROGRESS -> {
                ObjectNode params = NODES.objectNode().put("progress", 1).put("message", told);
                params.set("progressToken", message.path("params").path("_meta").path("progressToken"));
                say(notice("notifications/progress", params), new Trial("", Channel.TEXT, Fault.NONE, now.cut()));
            }
            case LOG ->
                say(
                        notice(
                                "notifications/message",
                                NODES.objectNode().put("level", "error").put("data", told)),
                        new Trial("", Channel.TEXT, Fault.NONE, now.cut()));
            case ERROR_MESSAGE, ERROR_DATA, DESCRIPTION -> {}
        }
        ObjectNode answer = answer(message, result);
        if (now.channel() == Channel.ERROR_MESSAGE || now.channel() == Channel.ERROR_DATA) {
            answer.remove("result");
            ObjectNode error = answer.putObject("error").put("code", -32000);
            error.put("message", now.channel() == Channel.ERROR_MESSAGE ? told : "failed");
            error.putObject("data").put("detail", now.channel() == Channel.ERROR_DATA ? told : "");
        }
        say(answer, now);
    }

    private static ObjectNode answer(ObjectNode request, JsonNode result) {
        ObjectNode answer = NODES.objectNode().put("jsonrpc", "2.0");
        answer.set("id", request.get("id"));
        answer.set("result", result);
        return answer;
    }

    private static ObjectNode notice(String method, ObjectNode params) {
        ObjectNode notice = NODES.objectNode().put("jsonrpc", "2.0").put("method", method);
        notice.set("params", params);
        return notice;
    }

    private static String base64(String told) {
        return Base64.getEncoder().encodeToString(told.getBytes(StandardCharsets.UTF_8));
    }

    private void say(ObjectNode message, Trial now) {
        String line = switch (now.fault()) {
            case ESCAPED_LETTERS -> escaped(message.toString());
            case PADDED -> " ".repeat(3_000) + message;
            case UNKNOWN_FIELDS -> message.deepCopy().put("more", now.told()).toString();
            case DEEP -> deep(message);
            case NOTICE_BEFORE ->
                notice("notifications/unheard", NODES.objectNode().put("note", now.told())) + "\n" + message;
            case OTHER_ID_BEFORE -> message.deepCopy().put("id", 987_654_321) + "\n" + message;
            case TWICE -> message + "\n" + message;
            case NONE, ENDS_AFTER, ENDS_WITHIN -> message.toString();
        };
        byte[] bytes = (line + "\n").getBytes(StandardCharsets.UTF_8);
        cut(now.fault() == Fault.ENDS_WITHIN ? Arrays.copyOf(bytes, bytes.length - 3) : bytes, now.cut());
        if (now.ends()) {
            end();
        }
    }

    /** Every letter as JSON may also write it. */
    private static String escaped(String line) {
        StringBuilder escaped = new StringBuilder();
        boolean text = false;
        for (int i = 0; i < line.length(); i++) {
            char unit = line.charAt(i);
            if (unit == '\\') {
                escaped.append(unit).append(line.charAt(++i));
            } else if (unit == '"') {
                text = !text;
                escaped.append(unit);
            } else if (text) {
                escaped.append(String.format(java.util.Locale.ROOT, "\\u%04x", (int) unit));
            } else {
                escaped.append(unit);
            }
        }
        return escaped.toString();
    }

    private static String deep(ObjectNode message) {
        ObjectNode copy = message.deepCopy();
        if (copy.get("result") instanceof ObjectNode result) {
            ObjectNode at = result.withObject("/_meta");
            JsonNode given = result.path("structuredContent").deepCopy();
            for (int i = 0; i < 40; i++) {
                at = at.putObject("d");
            }
            at.set("e", given);
        }
        return copy.toString();
    }

    private void cut(byte[] bytes, int cut) {
        int at = 0;
        while (at < bytes.length) {
            int length = cut == 0 ? bytes.length : cut > 0 ? cut : 1 + random.nextInt(200);
            int to = Math.min(bytes.length, at + length);
            pieces.add(Arrays.copyOfRange(bytes, at, to));
            at = to;
        }
    }
}
