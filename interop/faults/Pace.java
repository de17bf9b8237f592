import java.io.IOException;
import java.net.URI;
import java.util.Arrays;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

/** Good clients at work, and how long their slowest replies take. */
final class Pace {
    private static final int CLIENTS = 8;
    private static final int PATIENCE_MILLIS = 30_000;

    /** A quiet machine's figure is too small to compare with: below this one nobody suffers. */
    private static final long UNNOTICED_MICROS = 20_000;

    private Pace() {}

    /** The 99th percentile in microseconds of what eight clients see in so many seconds, each reply being the right one. */
    static long p99(URI environment, int seconds) throws Exception {
        long[] micros = new long[1_000_000];
        var count = new AtomicInteger();
        var problem = new AtomicReference<Exception>();
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int client = 0; client < CLIENTS; client++) {
                int number = client;
                threads.execute(() -> {
                    try (RawSocket socket = begin(environment)) {
                        for (int step = 0; System.nanoTime() < end; step++) {
                            long start = System.nanoTime();
                            echo(socket, number + "-" + step);
                            int index = count.getAndIncrement();
                            if (index < micros.length) micros[index] = (System.nanoTime() - start) / 1000;
                        }
                        goodbye(socket);
                    } catch (IOException broken) {
                        problem.set(broken);
                    }
                });
            }
        }
        if (problem.get() != null) throw problem.get();
        long[] sorted = Arrays.copyOf(micros, Math.min(count.get(), micros.length));
        Checks.require(sorted.length > 0, "no client got a reply");
        Arrays.sort(sorted);
        return sorted[sorted.length * 99 / 100];
    }

    /** Says how a crowd told on the good clients; only a collapse is a failure, for the machine may be busy with more. */
    static void compare(String crowd, long quiet, long busy) {
        System.out.printf("# p99 of good clients: %.1f ms alone, %.1f ms beside %s: %.1f times%n", quiet / 1e3, busy / 1e3, crowd, (double) busy / quiet);
        Checks.require(busy < 50 * Math.max(quiet, UNNOTICED_MICROS), "the p99 of good clients collapses beside " + crowd);
    }

    static RawSocket begin(URI environment) throws IOException {
        RawSocket socket = RawSocket.open(environment, PATIENCE_MILLIS);
        String reply = socket.ask("{\"type\":\"reset\"}");
        Checks.require(reply.contains("\"observation\""), "no reset: " + reply);
        return socket;
    }

    static void echo(RawSocket socket, String token) throws IOException {
        String reply = socket.ask(call(token));
        Checks.require(reply.contains("\"data\":\"" + token + "\""), token + " was answered with " + reply);
    }

    static String call(String token) {
        return "{\"type\":\"step\",\"data\":{\"tool_name\":\"echo_message\",\"arguments\":{\"message\":\"" + token + "\"}}}";
    }

    static void goodbye(RawSocket socket) throws IOException {
        socket.text("{\"type\":\"close\"}");
        RawSocket.Frame last = socket.read();
        Checks.equal(last.opcode(), RawSocket.CLOSE, "the answer to a close");
        Checks.equal(last.code(), 1000, "the code of the close");
    }
}
