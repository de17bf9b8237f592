import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Frames that no client should send, each with what must become of it: never silence, and never a session that hangs on. */
final class Malformed {
    private static final int TEXT = 0x80 | RawSocket.TEXT;
    private static final String STATE = "{\"type\":\"state\"}";

    enum Fate {
        /** An error frame, and the session goes on. */
        ANSWERED,
        /** The connection ends, with or without an error frame. */
        CLOSED,
        /** Either of them. */
        REFUSED
    }

    record Case(String name, Fate fate, byte[] bytes) {}

    private Malformed() {}

    static List<Case> cases() {
        List<Case> cases = new ArrayList<>();
        messages(cases);
        frames(cases);
        return cases;
    }

    private static void messages(List<Case> cases) {
        text(cases, "no JSON", Fate.ANSWERED, "nonsense");
        text(cases, "an empty text", Fate.ANSWERED, "");
        text(cases, "half a document", Fate.ANSWERED, "{\"type\":");
        text(cases, "two documents", Fate.ANSWERED, STATE + STATE);
        text(cases, "a key twice", Fate.ANSWERED, "{\"type\":\"state\",\"type\":\"reset\"}");
        text(cases, "no type", Fate.ANSWERED, "{}");
        text(cases, "an unknown type", Fate.ANSWERED, "{\"type\":\"Reset\"}");
        text(cases, "a type that is a number", Fate.ANSWERED, "{\"type\":5}");
        text(cases, "a type that is an object", Fate.ANSWERED, "{\"type\":{}}");
        text(cases, "100,000 open arrays", Fate.ANSWERED, "[".repeat(100_000));
        text(cases, "a step nested 200 deep", Fate.ANSWERED, "{\"type\":\"step\",\"data\":" + "{\"a\":".repeat(200) + "1" + "}".repeat(201));
        text(cases, "a step without an action", Fate.ANSWERED, "{\"type\":\"step\"}");
        text(cases, "an action that is null", Fate.ANSWERED, "{\"type\":\"step\",\"data\":null}");
        text(cases, "an action that is a list", Fate.ANSWERED, "{\"type\":\"step\",\"data\":[]}");
        text(cases, "a tool that is a number", Fate.ANSWERED, "{\"type\":\"step\",\"data\":{\"tool_name\":1}}");
        text(cases, "arguments that are a list", Fate.ANSWERED, "{\"type\":\"step\",\"data\":{\"tool_name\":\"echo_message\",\"arguments\":[]}}");
        text(cases, "an argument beyond 2^53", Fate.ANSWERED, "{\"type\":\"step\",\"data\":{\"tool_name\":\"echo_message\",\"arguments\":{\"message\":12345678901234567890}}}");
        text(cases, "half a surrogate pair", Fate.ANSWERED, "{\"type\":\"step\",\"data\":{\"tool_name\":\"\\ud800\"}}");
        text(cases, "a NUL", Fate.ANSWERED, "{\"type\":\"step\",\"data\":{\"tool_name\":\"\\u0000\"}}");
        text(cases, "an unknown key", Fate.ANSWERED, "{\"type\":\"state\",\"id\":1}");
        text(cases, "an integer of 5,000 digits", Fate.ANSWERED, "{\"type\":\"reset\",\"data\":{\"x\":" + "9".repeat(5_000) + "}}");
        text(cases, "a list", Fate.CLOSED, "[]");
        text(cases, "a number", Fate.CLOSED, "5");
        text(cases, "null", Fate.CLOSED, "null");
        text(cases, "a string", Fate.CLOSED, "\"state\"");
    }

    private static void frames(List<Case> cases) {
        byte[] state = STATE.getBytes(StandardCharsets.UTF_8);
        raw(cases, "a binary frame", Fate.CLOSED, RawSocket.frame(0x80 | RawSocket.BINARY, state));
        raw(cases, "text that is not UTF-8", Fate.REFUSED, RawSocket.frame(TEXT, new byte[] {(byte) 0xc3, 0x28}));
        raw(cases, "a frame without a mask", Fate.CLOSED, join(new byte[] {(byte) TEXT, (byte) state.length}, state));
        raw(cases, "a reserved bit", Fate.CLOSED, RawSocket.frame(TEXT | 0x40, state));
        raw(cases, "an unknown data frame", Fate.CLOSED, RawSocket.frame(0x83, state));
        raw(cases, "an unknown control frame", Fate.CLOSED, RawSocket.frame(0x8b, state));
        raw(cases, "a ping in two parts", Fate.CLOSED, RawSocket.frame(RawSocket.PING, state));
        raw(cases, "a ping of 126 bytes", Fate.CLOSED, RawSocket.frame(0x80 | RawSocket.PING, new byte[126]));
        raw(cases, "a continuation of nothing", Fate.CLOSED, RawSocket.frame(0x80, state));
        raw(cases, "a text within a text", Fate.CLOSED, join(RawSocket.frame(RawSocket.TEXT, state), RawSocket.frame(TEXT, state)));
        raw(cases, "a close of one byte", Fate.CLOSED, RawSocket.frame(0x80 | RawSocket.CLOSE, new byte[1]));
        raw(cases, "a close with a code that is never sent", Fate.CLOSED, RawSocket.frame(0x80 | RawSocket.CLOSE, new byte[] {0x03, (byte) 0xed}));
        raw(cases, "a length of 2^63", Fate.CLOSED, new byte[] {(byte) TEXT, (byte) 0xff, (byte) 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0});
        raw(cases, "64 MiB announced and not sent", Fate.CLOSED, new byte[] {(byte) TEXT, (byte) 0xff, 0, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0});
        raw(cases, "a short length in its long form", Fate.REFUSED, join(new byte[] {(byte) TEXT, (byte) 0xfe, 0, 2, 0, 0, 0, 0}, new byte[] {'{', '{'}));
    }

    private static void text(List<Case> cases, String name, Fate fate, String text) {
        raw(cases, name, fate, RawSocket.frame(TEXT, text.getBytes(StandardCharsets.UTF_8)));
    }

    private static void raw(List<Case> cases, String name, Fate fate, byte[] bytes) {
        cases.add(new Case(name, fate, bytes));
    }

    private static byte[] join(byte[] first, byte[] second) {
        var both = new ByteArrayOutputStream();
        both.writeBytes(first);
        both.writeBytes(second);
        return both.toByteArray();
    }

    /** Sends one on a session that was begun, and sees what becomes of it. */
    static void send(Case malformed, RawSocket socket) throws IOException {
        socket.write(malformed.bytes());
        Fate seen = fate(socket);
        if (malformed.fate() != Fate.REFUSED) Checks.equal(seen, malformed.fate(), malformed.name());
    }

    private static Fate fate(RawSocket socket) throws IOException {
        try {
            String reply = socket.message();
            Checks.require(reply.contains("\"type\":\"error\""), "answered with " + reply);
            return socket.ask(STATE).contains("\"step_count\"") ? Fate.ANSWERED : Fate.CLOSED;
        } catch (EOFException | SocketException ended) {
            return Fate.CLOSED;
        }
    }
}
