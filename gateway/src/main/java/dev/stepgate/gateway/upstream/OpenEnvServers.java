package dev.stepgate.gateway.upstream;

import dev.stepgate.adapter.openenv.OpenEnvEndpoint;
import dev.stepgate.adapter.openenv.OpenEnvTransport;
import dev.stepgate.environment.Dial;
import dev.stepgate.environment.Isolation;
import dev.stepgate.environment.Sandbox;
import dev.stepgate.environment.Upstream;
import dev.stepgate.tool.Deadline;
import dev.stepgate.tool.Refusal;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The servers of OpenEnv environments, each in a sandbox of its own and for one run. Python takes seconds to start one, so
 * some are kept started; none is used twice. Thread-safe.
 */
final class OpenEnvServers implements AutoCloseable {
    private static final Duration TO_START = Duration.ofSeconds(60);
    private static final int LONGEST_TOLD = 2_000;

    private final Sandboxes sandboxes;
    private final OpenEnvTransport transport;
    private final Map<Key, Shelf> shelves = new ConcurrentHashMap<>();
    private final Set<Sandbox> starting = ConcurrentHashMap.newKeySet();
    private volatile boolean closed;

    OpenEnvServers(Sandboxes sandboxes, OpenEnvTransport transport) {
        this.sandboxes = sandboxes;
        this.transport = transport;
    }

    /** A server that answers, and that is the caller's to end. */
    record Running(Sandboxes.Started started, OpenEnvEndpoint endpoint) {
        Sandbox sandbox() {
            return started.sandbox();
        }

        boolean lives() {
            return !sandbox().exit().toCompletableFuture().isDone();
        }
    }

    private record Key(String environment, String upstream) {}

    /** Servers that are ready, and how many are on their way. */
    private record Shelf(ConcurrentLinkedQueue<Running> ready, AtomicInteger count) {
        @Nullable
        Running take() {
            for (Running next = ready.poll(); next != null; next = ready.poll()) {
                count.decrementAndGet();
                if (next.lives()) {
                    return next;
                }
                next.sandbox().close();
            }
            return null;
        }
    }

    /**
     * A server that nobody has used.
     *
     * @throws Refusal {@code env_error} when it cannot be started, {@code timeout} when that takes too long
     */
    Running claim(String environment, Upstream.OpenEnvServer upstream, Isolation isolation, Deadline deadline) {
        Shelf shelf = shelves.computeIfAbsent(
                new Key(environment, upstream.name()),
                key -> new Shelf(new ConcurrentLinkedQueue<>(), new AtomicInteger()));
        Running ready = shelf.take();
        try {
            return ready == null ? start(environment, upstream, isolation, deadline) : ready;
        } finally {
            fill(shelf, environment, upstream, isolation);
        }
    }

    private void fill(Shelf shelf, String environment, Upstream.OpenEnvServer upstream, Isolation isolation) {
        while (!closed && shelf.count().getAndUpdate(count -> Math.min(count + 1, upstream.warm())) < upstream.warm()) {
            Thread.ofVirtual().name("warm-" + environment).start(() -> {
                try {
                    shelf.ready().add(start(environment, upstream, isolation, Deadline.in(TO_START)));
                    if (closed) {
                        empty(shelf);
                    }
                } catch (RuntimeException failed) {
                    // Whoever claims next starts one itself and is told why it fails.
                    shelf.count().decrementAndGet();
                }
            });
        }
    }

    private Running start(String environment, Upstream.OpenEnvServer upstream, Isolation isolation, Deadline deadline) {
        Sandboxes.Started started = sandboxes.start(Sandboxes.Program.of(upstream), isolation);
        Sandbox sandbox = started.sandbox();
        starting.add(sandbox);
        try {
            if (closed) { // only now: close() ends what is starting, or we do
                throw Refusal.environmentFailed("the gateway is stopping");
            }
            Running running = new Running(started, endpoint(sandbox, upstream.port()));
            transport.awaitHealthy(running.endpoint(), running::lives, deadline);
            return running;
        } catch (RuntimeException failed) {
            if (!closed) {
                tell(environment, sandbox.stderrTail());
            }
            sandbox.close();
            throw failed;
        } finally {
            starting.remove(sandbox);
        }
    }

    private static void tell(String environment, String said) {
        System.getLogger(OpenEnvServers.class.getName())
                .log(
                        System.Logger.Level.WARNING,
                        "server=not-started environment={0} stderr={1}",
                        environment,
                        said.substring(Math.max(0, said.length() - LONGEST_TOLD)));
    }

    private static OpenEnvEndpoint endpoint(Sandbox sandbox, int port) {
        return switch (sandbox.dial()
                .orElseThrow(() -> Refusal.environmentFailed("this sandbox driver reaches no port inside"))) {
            case Dial.Loopback(int outside) -> OpenEnvEndpoint.at(URI.create("http://127.0.0.1:" + outside));
            case Dial.SocketFile(Path file) -> OpenEnvEndpoint.behind(file, port);
        };
    }

    private static void empty(Shelf shelf) {
        for (Running next = shelf.take(); next != null; next = shelf.take()) {
            next.sandbox().close();
        }
    }

    /** Ends the servers that nobody claimed and those that are still starting. */
    @Override
    public void close() {
        closed = true;
        starting.forEach(Sandbox::close);
        shelves.values().forEach(OpenEnvServers::empty);
    }
}
