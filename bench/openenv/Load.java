import java.io.IOException;
import java.net.URI;
import java.util.Arrays;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Plays sessions against an OpenEnv server, the same way against every server: one virtual thread and one socket a session,
 * every reply checked for the token that was sent. Prints one line of JSON.
 *
 * <p>{@code steps URL SESSIONS SECONDS KIND}, {@code burst URL SESSIONS KIND}, {@code hold URL SESSIONS KIND}; KIND is {@code
 * tool} or {@code plain}, the action that the environment takes.
 */
final class Load {
    private static final int PATIENCE_MILLIS = 60_000;
    private static final int OPENING_AT_ONCE = 64;
    private static final int LATENCIES = 4_000_000;

    private final URI base;
    private final boolean tool;
    private final long[] micros = new long[LATENCIES];
    private final AtomicInteger measured = new AtomicInteger();
    private final AtomicInteger good = new AtomicInteger();
    private final Queue<String> problems = new ConcurrentLinkedQueue<>();

    private Load(String base, String kind) {
        this.base = URI.create(base);
        this.tool = kind.equals("tool");
    }

    public static void main(String[] args) throws Exception {
        int sessions = Integer.parseInt(args[2]);
        switch (args[0]) {
            case "steps" -> new Load(args[1], args[4]).steps(sessions, Integer.parseInt(args[3]));
            case "burst" -> new Load(args[1], args[3]).burst(sessions);
            case "hold" -> new Load(args[1], args[3]).hold(sessions);
            default -> throw new IllegalArgumentException(args[0]);
        }
    }

    /** As many steps as go in the time, each session one after the other. */
    private void steps(int sessions, int seconds) throws Exception {
        var ready = new CountDownLatch(sessions);
        var go = new CountDownLatch(1);
        var end = new AtomicLong(Long.MAX_VALUE);
        long[] began = new long[1];
        each(sessions, session -> {
            try (RawSocket socket = openAndReset()) {
                ready.countDown();
                go.await();
                for (int step = 0; System.nanoTime() < end.get(); step++) {
                    long start = System.nanoTime();
                    step(socket, session + "-" + step);
                    note(start);
                }
                goodbye(socket);
            } finally {
                ready.countDown();
            }
        }, () -> {
            ready.await();
            began[0] = System.nanoTime();
            end.set(began[0] + TimeUnit.SECONDS.toNanos(seconds));
            go.countDown();
        });
        report(sessions, System.nanoTime() - began[0]);
    }

    /** All connect at the same moment; measured from there until the reply to the reset. */
    private void burst(int sessions) throws Exception {
        var go = new CountDownLatch(1);
        var settled = new CountDownLatch(sessions);
        long[] began = new long[1];
        each(sessions, session -> {
            go.await();
            long start = System.nanoTime();
            RawSocket socket = null;
            try {
                socket = openAndReset();
                note(start);
            } finally {
                settled.countDown();
                // Nobody leaves before all have come: it is a burst of sessions, not of connections.
                settled.await();
                if (socket != null) leave(socket);
            }
        }, () -> {
            began[0] = System.nanoTime();
            go.countDown();
            settled.await();
            began[0] = System.nanoTime() - began[0];
        });
        report(sessions, began[0]);
    }

    /** All are open at once and idle until a line is read; then each takes one more step. */
    private void hold(int sessions) throws Exception {
        var opening = new Semaphore(OPENING_AT_ONCE);
        var settled = new CountDownLatch(sessions);
        var go = new CountDownLatch(1);
        long start = System.nanoTime();
        each(sessions, session -> {
            RawSocket socket = null;
            try {
                opening.acquire();
                try {
                    socket = openAndReset();
                    step(socket, session + "-first");
                } finally {
                    opening.release();
                    settled.countDown();
                }
                // Whoever waits reads: a peer that answers no ping is gone.
                String stepped = idle(socket, go, session + "-last");
                if (!stepped.isEmpty()) throw new IOException(stepped);
                note(start);
                goodbye(socket);
            } finally {
                if (socket != null) socket.close();
            }
        }, () -> {
            settled.await();
            System.out.println("{\"held\":" + (sessions - problems.size()) + "}");
            System.in.read();
            go.countDown();
        });
        report(sessions, System.nanoTime() - start);
    }

    /** Waits with a reader on the socket that answers pings, then takes a step; empty where that went well. */
    private String idle(RawSocket socket, CountDownLatch go, String token) throws Exception {
        Thread asking = Thread.startVirtualThread(() -> {
            try {
                go.await();
                socket.text(action(token));
            } catch (IOException | InterruptedException broken) {
                problems.add("a held session is gone: " + broken.getMessage());
            }
        });
        socket.socket.setSoTimeout(0);
        String reply = socket.message();
        asking.join();
        return answers(reply, token) ? "" : "a wrong reply: " + shortened(reply);
    }

    private interface Play {
        void session(int number) throws Exception;
    }

    private interface Conduct {
        void run() throws Exception;
    }

    private void each(int sessions, Play play, Conduct conduct) throws Exception {
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int session = 0; session < sessions; session++) {
                int number = session;
                threads.execute(() -> {
                    try {
                        play.session(number);
                        good.incrementAndGet();
                    } catch (Exception problem) {
                        problems.add(String.valueOf(problem.getMessage()));
                    }
                });
            }
            conduct.run();
        }
    }

    private RawSocket openAndReset() throws IOException {
        RawSocket socket = RawSocket.open(base, PATIENCE_MILLIS);
        try {
            String reply = socket.ask("{\"type\":\"reset\",\"data\":{}}");
            if (!reply.contains("\"observation\"") || reply.contains("\"error\"")) throw new IOException("no reset: " + shortened(reply));
            return socket;
        } catch (IOException failed) {
            socket.abort();
            throw failed;
        }
    }

    private void step(RawSocket socket, String token) throws IOException {
        String reply = socket.ask(action(token));
        if (!answers(reply, token)) throw new IOException("a wrong reply: " + shortened(reply));
    }

    private String action(String token) {
        return tool
                ? "{\"type\":\"step\",\"data\":{\"type\":\"call_tool\",\"tool_name\":\"echo_message\",\"arguments\":{\"message\":\"" + token + "\"}}}"
                : "{\"type\":\"step\",\"data\":{\"message\":\"" + token + "\"}}";
    }

    private static boolean answers(String reply, String token) {
        return reply.contains("\"" + token + "\"") && !reply.contains("\"type\":\"error\"") && !reply.contains("error_type");
    }

    private static void goodbye(RawSocket socket) throws IOException {
        socket.text("{\"type\":\"close\"}");
        socket.read();
        socket.close();
    }

    /** Where the other side may have given up meanwhile, which is no fault of the burst. */
    private static void leave(RawSocket socket) {
        try (socket) {
            goodbye(socket);
        } catch (IOException gone) {
            // It is closed either way.
        }
    }

    private void note(long start) {
        int index = measured.getAndIncrement();
        if (index < LATENCIES) micros[index] = (System.nanoTime() - start) / 1000;
    }

    private void report(int sessions, long nanos) {
        int count = Math.min(measured.get(), LATENCIES);
        long[] sorted = Arrays.copyOf(micros, count);
        Arrays.sort(sorted);
        String first = problems.isEmpty() ? "" : problems.peek().replaceAll("[\\\\\"\\p{Cntrl}]", " ");
        System.out.println("{\"sessions\":" + sessions + ",\"good\":" + good + ",\"failed\":" + problems.size() + ",\"done\":" + measured
                + ",\"perSecond\":" + measured.get() * 1e9 / nanos + ",\"millis\":" + nanos / 1_000_000 + ",\"p50\":" + at(sorted, 0.5)
                + ",\"p99\":" + at(sorted, 0.99) + ",\"max\":" + at(sorted, 1) + ",\"problem\":\"" + first + "\"}");
    }

    private static long at(long[] sorted, double share) {
        return sorted.length == 0 ? -1 : sorted[(int) Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
    }

    private static String shortened(String reply) {
        return reply.length() < 200 ? reply : reply.substring(0, 200);
    }
}
