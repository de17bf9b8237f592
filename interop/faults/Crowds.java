import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/** Many bad clients at once, and the good ones between them. */
final class Crowds {
    private static final int PATIENCE_MILLIS = 30_000;
    private static final int AT_ONCE = 128;
    private static final int IDLE = 10_000;
    private static final int MEASURED_SECONDS = 6;

    private final URI environment;
    private long quiet;

    Crowds(URI environment) {
        this.environment = environment;
    }

    /** What the good clients see alone, after a warm-up. */
    private long quiet() throws Exception {
        if (quiet == 0) {
            Pace.p99(environment, MEASURED_SECONDS);
            quiet = Pace.p99(environment, MEASURED_SECONDS);
        }
        return quiet;
    }

    /** All hold a slot, say nothing and answer pings. */
    void idle() throws Exception {
        long alone = quiet();
        int files = openFilesAllowed();
        if (files < IDLE + 1_000) throw new Checks.Skip("a process may open only " + files + " files");
        Queue<RawSocket> sockets = new ConcurrentLinkedQueue<>();
        try {
            many(IDLE, _ -> {
                RawSocket socket = RawSocket.open(environment, PATIENCE_MILLIS);
                sockets.add(socket);
                socket.socket.setSoTimeout(0);
            });
            Checks.equal(sockets.size(), IDLE, "sockets that were opened");
            sockets.forEach(socket -> Thread.startVirtualThread(() -> listen(socket)));
            Pace.compare(IDLE + " idle sockets", alone, Pace.p99(environment, MEASURED_SECONDS));
        } finally {
            sockets.forEach(RawSocket::abort);
        }
    }

    private static void listen(RawSocket socket) {
        try {
            socket.read();
        } catch (IOException ended) {
            // The check is over.
        }
    }

    /** Handshakes that come byte by byte and never end. */
    void slowHandshakes() throws Exception {
        long alone = quiet();
        Queue<RawSocket> sockets = new ConcurrentLinkedQueue<>();
        try {
            many(2_000, number -> {
                RawSocket socket = RawSocket.connect(environment, PATIENCE_MILLIS);
                sockets.add(socket);
                socket.write("GET /envs/crowd/ws HTTP/1.1\r\nHost: ".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
            });
            var over = new AtomicBoolean();
            Thread drip = Thread.startVirtualThread(() -> drip(sockets, over));
            Pace.compare(sockets.size() + " slow handshakes", alone, Pace.p99(environment, MEASURED_SECONDS));
            over.set(true);
            drip.join();
        } finally {
            sockets.forEach(RawSocket::abort);
        }
    }

    private static void drip(Queue<RawSocket> sockets, AtomicBoolean over) {
        while (!over.get()) {
            for (RawSocket socket : sockets) {
                try {
                    socket.write(new byte[] {'x'});
                } catch (IOException closed) {
                    sockets.remove(socket);
                }
            }
        }
    }

    /**
     * Connections that come and go: some say nothing, some half a handshake, some all of it. Up to 1,600 a second, for
     * flooders without a bound would measure who gets the processor that they share with the gateway.
     */
    void flood() throws Exception {
        long alone = quiet();
        var over = new AtomicBoolean();
        var count = new AtomicInteger();
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int flooder = 0; flooder < 16; flooder++) {
                int kind = flooder % 4;
                threads.execute(() -> {
                    while (!over.get()) {
                        comeAndGo(kind);
                        count.incrementAndGet();
                        LockSupport.parkNanos(10_000_000);
                    }
                });
            }
            try {
                Pace.compare("a flood of connections", alone, Pace.p99(environment, MEASURED_SECONDS));
            } finally {
                over.set(true);
            }
        }
        System.out.println("# " + count + " connections came and went");
    }

    private void comeAndGo(int kind) {
        try {
            switch (kind) {
                case 0 -> RawSocket.connect(environment, PATIENCE_MILLIS).abort();
                case 1 -> {
                    RawSocket socket = RawSocket.connect(environment, PATIENCE_MILLIS);
                    socket.write("GET /envs/crowd/ws HT".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
                    socket.abort();
                }
                case 2 -> RawSocket.open(environment, PATIENCE_MILLIS).abort();
                default -> {
                    RawSocket socket = RawSocket.open(environment, PATIENCE_MILLIS);
                    socket.text("{\"type\":\"reset\"}");
                    socket.text(Pace.call("unheard"));
                    socket.abort();
                }
            }
        } catch (IOException refused) {
            // A flooder takes what it gets.
        }
    }

    /** They ask for a megabyte again and again and never read an answer: the gateway must stop reading them. */
    void deaf() throws Exception {
        long alone = quiet();
        String megabyte = Pace.call("x".repeat(1 << 20));
        var taken = new AtomicInteger();
        Queue<RawSocket> sockets = new ConcurrentLinkedQueue<>();
        many(16, _ -> sockets.add(RawSocket.open(environment, PATIENCE_MILLIS)));
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (RawSocket socket : sockets) {
                threads.execute(() -> {
                    try {
                        for (int ask = 0; ask < 400; ask++) {
                            socket.text(megabyte);
                            taken.incrementAndGet();
                        }
                    } catch (IOException ended) {
                        // Its connection was closed, by the gateway or below.
                    }
                });
            }
            try {
                // What fits the sockets' own buffers is played first, and is honest work.
                for (int before = -1; before < taken.get(); LockSupport.parkNanos(2_000_000_000)) before = taken.get();
                Pace.compare(sockets.size() + " clients that never read", alone, Pace.p99(environment, MEASURED_SECONDS));
            } finally {
                sockets.forEach(RawSocket::abort);
            }
        }
        System.out.println("# " + taken + " MB were taken of " + sockets.size() + " clients that never read");
        // What the sockets' own buffers hold is a few megabytes each; 400 would mean that the gateway keeps it all.
        Checks.require(taken.get() < sockets.size() * 40, taken + " MB were taken of clients that read nothing");
    }

    private interface Act {
        void run(int number) throws IOException;
    }

    private static void many(int count, Act act) throws Exception {
        var turn = new Semaphore(AT_ONCE);
        Queue<IOException> problems = new ConcurrentLinkedQueue<>();
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int at = 0; at < count; at++) {
                int number = at;
                turn.acquire();
                threads.execute(() -> {
                    try {
                        act.run(number);
                    } catch (IOException problem) {
                        problems.add(problem);
                    } finally {
                        turn.release();
                    }
                });
            }
        }
        Checks.require(problems.isEmpty(), problems.size() + " of " + count + " failed, first: " + problems.peek());
    }

    private static int openFilesAllowed() throws IOException {
        String line = Files.readString(Path.of("/proc/self/limits")).lines().filter(it -> it.startsWith("Max open files")).findFirst().orElseThrow();
        String soft = line.replaceAll("[^0-9 ]", "").strip().split(" +")[0];
        return soft.isEmpty() ? Integer.MAX_VALUE : (int) Math.min(Integer.MAX_VALUE, Long.parseLong(soft));
    }
}
