package dev.stepgate.gateway.upstream;

import dev.stepgate.environment.Upstream;
import dev.stepgate.gateway.upstream.UpstreamConnector.Connected;
import dev.stepgate.tool.Deadline;
import dev.stepgate.tool.OutcomeClass;
import dev.stepgate.tool.Refusal;
import dev.stepgate.tool.ToolAdapter;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The connection of one run with one upstream, which may be gone while the others go on. One that never came about is tried
 * again by the next call, no more often than its breaker allows; one whose process has died is not, because what the run had
 * there died with it. Thread-safe.
 */
final class UpstreamLink implements AutoCloseable {
    private final Upstream upstream;
    private final Breaker breaker;
    private final Function<Deadline, Connected> connect;
    private final ReentrantLock connecting = new ReentrantLock();
    private volatile @Nullable Connected connected;
    private volatile boolean closed;

    UpstreamLink(Upstream upstream, Breaker breaker, Function<Deadline, Connected> connect) {
        this.upstream = upstream;
        this.breaker = breaker;
        this.connect = connect;
    }

    Upstream upstream() {
        return upstream;
    }

    /**
     * The connection, made if there is none.
     *
     * @throws Refusal when there is none to be had
     */
    Connected open(Deadline deadline) {
        Connected open = connected;
        if (open != null) {
            return open;
        }
        connecting.lock();
        try {
            open = connected;
            if (open != null) {
                return open;
            }
            if (closed) {
                throw Refusal.of(OutcomeClass.EPISODE_OVER, "episode_over", "the episode was closed during the call");
            }
            breaker.require();
            open = attempt(deadline);
            connected = open;
            return open;
        } finally {
            connecting.unlock();
        }
    }

    private Connected attempt(Deadline deadline) {
        try {
            Connected made = connect.apply(deadline);
            breaker.succeeded();
            return made;
        } catch (Refusal refusal) {
            breaker.failed();
            throw refusal;
        }
    }

    /** Uses the connection, and remembers how that went. */
    <T> T use(Deadline deadline, Function<ToolAdapter, T> action) {
        ToolAdapter adapter = open(deadline).adapter();
        breaker.require();
        try {
            T result = action.apply(adapter);
            breaker.succeeded();
            return result;
        } catch (Refusal refusal) {
            if (refusal.outcome() == OutcomeClass.ENV_ERROR) {
                breaker.failed();
            }
            throw refusal;
        }
    }

    /** The connection there is; null where there is none. */
    @Nullable
    Connected current() {
        return connected;
    }

    /** Whether a call can still come to something. */
    boolean usable() {
        Connected open = connected;
        return !closed && (open == null || open.adapter().usable());
    }

    @Override
    public void close() {
        connecting.lock();
        try {
            closed = true;
            Connected open = connected;
            if (open != null) {
                open.adapter().close();
            }
        } finally {
            connecting.unlock();
        }
    }
}
