package dev.stepgate.gateway.session;

import dev.stepgate.gateway.episode.Episode;
import dev.stepgate.mcp.ProtocolVersion;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** One MCP session. Thread-safe; its episode is opened by its first call and is its own. */
public final class McpSession {
    private final String id;
    private final String owner;
    private final String environment;
    private final ProtocolVersion version;
    private final ReentrantLock opening = new ReentrantLock();
    private volatile @Nullable Episode episode;
    private volatile long lastUsedNanos = System.nanoTime();

    McpSession(String id, String owner, String environment, ProtocolVersion version) {
        this.id = id;
        this.owner = owner;
        this.environment = environment;
        this.version = version;
    }

    public String id() {
        return id;
    }

    /** The revision that was agreed on. */
    public ProtocolVersion version() {
        return version;
    }

    boolean belongsTo(String caller, String calledEnvironment) {
        return owner.equals(caller) && environment.equals(calledEnvironment);
    }

    /** The session's own episode, opened by whoever asks first. */
    public Episode episode(Supplier<Episode> open) {
        Episode current = episode;
        if (current != null) {
            return current;
        }
        opening.lock();
        try {
            current = episode;
            if (current == null) {
                current = open.get();
                episode = current;
            }
            return current;
        } finally {
            opening.unlock();
        }
    }

    void touch() {
        lastUsedNanos = System.nanoTime();
    }

    long idleNanos(long now) {
        return now - lastUsedNanos;
    }

    void end() {
        Episode current = episode;
        if (current != null) {
            current.close();
        }
    }
}
