import java.io.EOFException;
import java.io.IOException;
import java.net.SocketException;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Clients that no gateway wishes for. After every check the slots are back and a good client is served as before. {@code
 * Hostile GATEWAY [PART-OF-A-NAME]}
 */
final class Hostile {
    private static final String CROWD = "crowd";
    private static final int PATIENCE_MILLIS = 20_000;
    private static final int MEGABYTE = 1 << 20;

    private final Server server;
    private final URI crowd;

    private final String only;

    private Hostile(Server server, String only) {
        this.server = server;
        this.only = only;
        this.crowd = server.environment(CROWD);
    }

    public static void main(String[] args) {
        var hostile = new Hostile(new Server(URI.create(args[0]), HttpClient.newHttpClient()), args.length > 1 ? args[1] : "");
        var crowds = new Crowds(hostile.crowd);
        var checks = new Checks();
        for (Malformed.Case malformed : Malformed.cases()) {
            hostile.add(checks, malformed.name() + ": " + malformed.fate().name().toLowerCase(java.util.Locale.ROOT), 40, () -> {
                try (RawSocket socket = Pace.begin(hostile.crowd)) {
                    Malformed.send(malformed, socket);
                }
            });
        }
        hostile.add(checks, "a text in frames of one byte, with pings between, is read as one", 60, hostile::byteByByte);
        hostile.add(checks, "1,000 steps sent at once are answered one by one and in order", 60, hostile::pipelined);
        hostile.add(checks, "a message of 20 MB is played, in one frame and in many", 90, hostile::large);
        hostile.add(checks, "a message of 40 MB costs its socket, in one frame and in many", 90, hostile::tooLarge);
        hostile.add(checks, "a client that leaves during its step gives its slot back", 60, hostile::leavesDuringAStep);
        hostile.add(checks, "handshakes that never end", 60, crowds::slowHandshakes);
        hostile.add(checks, "a flood of connections", 60, crowds::flood);
        hostile.add(checks, "clients that never read", 90, crowds::deaf);
        hostile.add(checks, "10,000 idle sockets", 120, crowds::idle);
        checks.run();
    }

    private void add(Checks checks, String name, int seconds, Checks.Body body) {
        if (!name.contains(only)) return;
        checks.add(name, seconds, () -> {
            body.run();
            server.slotsFallTo(CROWD, 0, 45);
            try (RawSocket socket = Pace.begin(crowd)) {
                Pace.echo(socket, "as before");
                Pace.goodbye(socket);
            }
            server.slotsFallTo(CROWD, 0, 10);
        });
    }

    private void byteByByte() throws IOException {
        try (RawSocket socket = Pace.begin(crowd)) {
            byte[] call = Pace.call("piece by piece").getBytes(StandardCharsets.UTF_8);
            for (int at = 0; at < call.length; at++) {
                int first = (at == 0 ? RawSocket.TEXT : 0) | (at == call.length - 1 ? 0x80 : 0);
                socket.write(RawSocket.frame(first, new byte[] {call[at]}));
                socket.write(RawSocket.frame(0x80 | RawSocket.PING, new byte[] {1}));
            }
            Checks.require(socket.message().contains("\"data\":\"piece by piece\""), "not read as one");
        }
    }

    private void pipelined() throws IOException {
        int count = 1000;
        try (RawSocket socket = Pace.begin(crowd)) {
            StringBuilder all = new StringBuilder();
            for (int at = 0; at < count; at++) socket.text(Pace.call("n" + at));
            for (int at = 0; at < count; at++) {
                String reply = socket.message();
                if (!reply.contains("\"data\":\"n" + at + "\"")) all.append(at).append(": ").append(reply).append('\n');
            }
            Checks.require(all.isEmpty(), "out of order: " + all);
            Checks.require(socket.ask("{\"type\":\"state\"}").contains("\"step_count\":" + count), "not " + count + " steps");
        }
    }

    private void large() throws IOException {
        byte[] call = Pace.call("y".repeat(20 * MEGABYTE)).getBytes(StandardCharsets.UTF_8);
        try (RawSocket socket = Pace.begin(crowd)) {
            socket.write(RawSocket.frame(0x80 | RawSocket.TEXT, call));
            Checks.require(socket.message().length() > 20 * MEGABYTE, "the reply to one frame is short");
            inParts(socket, call);
            Checks.require(socket.message().length() > 20 * MEGABYTE, "the reply to many frames is short");
        }
    }

    private void tooLarge() throws IOException {
        byte[] call = Pace.call("z".repeat(40 * MEGABYTE)).getBytes(StandardCharsets.UTF_8);
        try (RawSocket socket = Pace.begin(crowd)) {
            mustEnd(socket, () -> socket.write(RawSocket.frame(0x80 | RawSocket.TEXT, call)));
        }
        try (RawSocket socket = Pace.begin(crowd)) {
            mustEnd(socket, () -> inParts(socket, call));
        }
    }

    private interface Sending {
        void run() throws IOException;
    }

    private static void mustEnd(RawSocket socket, Sending sending) throws IOException {
        try {
            sending.run();
            throw new AssertionError("answered with " + socket.message().substring(0, 100));
        } catch (EOFException | SocketException ended) {
            // So it must be.
        }
    }

    private static void inParts(RawSocket socket, byte[] text) throws IOException {
        for (int at = 0; at < text.length; at += MEGABYTE) {
            int end = Math.min(text.length, at + MEGABYTE);
            int first = (at == 0 ? RawSocket.TEXT : 0) | (end == text.length ? 0x80 : 0);
            socket.write(RawSocket.frame(first, Arrays.copyOfRange(text, at, end)));
        }
    }

    private void leavesDuringAStep() throws Exception {
        URI late = server.environment("late");
        for (int turn = 0; turn < 20; turn++) {
            RawSocket socket = RawSocket.open(late, PATIENCE_MILLIS);
            socket.ask("{\"type\":\"reset\"}");
            socket.text("{\"type\":\"step\",\"data\":{\"tool_name\":\"say\",\"arguments\":{\"token\":\"left-" + turn + "\",\"millis\":1500}}}");
            if (turn % 2 == 0) socket.abort();
            else socket.close();
        }
        server.slotsFallTo("late", 0, 10);
    }
}
