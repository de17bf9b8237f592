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
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;

/**
 * The servers of OpenEnv environments, each in a sandbox of its own and for one run. Python takes seconds to start one, so
 * some are kept started; none is used twice. Thread-safe.
 */
final class OpenEnvServers implements AutoCloseable {
    private static final int LONGEST_TOLD = 2_000;

    private final Sandboxes sandboxes;
    private final OpenEnvTransport transport;
    private final WarmPool<Running> pool = new WarmPool<>();
    private final Set<Sandbox> starting = ConcurrentHashMap.newKeySet();
    private volatile boolean closed;

    OpenEnvServers(Sandboxes sandboxes, OpenEnvTransport transport) {
        this.sandboxes = sandboxes;
        this.transport = transport;
    }

    /** A server that answers, and that is the caller's to end. */
    record Running(Sandboxes.Started started, OpenEnvEndpoint endpoint) implements WarmPool.Warm {
        Sandbox sandbox() {
            return started.sandbox();
        }

        @Override
        public boolean isFresh() {
            return started.lives();
        }

        @Override
        public void end() {
            sandbox().close();
        }
    }

    /**
     * Begins a run with a server that nobody has used.
     *
     * @param begin takes the server over, to end it also when it fails
     * @throws Refusal {@code env_error} when it cannot be started, {@code timeout} when that takes too long
     */
    <R> R begin(
            String environment,
            Upstream.OpenEnvServer upstream,
            Isolation isolation,
            Deadline deadline,
            Function<Running, R> begin) {
        return pool.begin(
                new WarmPool.Key(environment, upstream.name()),
                upstream.warm(),
                deadline,
                left -> start(environment, upstream, isolation, left),
                begin);
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
            transport.awaitHealthy(running.endpoint(), started::lives, deadline);
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

    /** Ends the servers that nobody has claimed for long. */
    void retire() {
        pool.retire();
    }

    /** Ends the servers that nobody claimed and those that are still starting. */
    @Override
    public void close() {
        closed = true;
        starting.forEach(Sandbox::close);
        pool.close();
    }
}
