package dev.stepgate.gateway.session;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stepgate.gateway.episode.Episode;
import dev.stepgate.mcp.ProtocolVersion;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** The sessions of MCP clients of the session eras. Bounded and thread-safe. */
public final class McpSessions {
    private static final int MAX_SESSIONS = 50_000;
    private static final Duration IDLE = Duration.ofHours(1);

    /** Clients seldom end a session whose episode a trainer has closed; until then they are told that it is over. */
    private static final Duration IDLE_AFTER_EPISODE = Duration.ofMinutes(1);

    private final Map<String, McpSession> sessions = new ConcurrentHashMap<>();
    private final SecureRandom random;

    public McpSessions(SecureRandom random) {
        this.random = random;
    }

    /**
     * Opens a session, or gives none when there are 50,000 already.
     *
     * @param fixed the episode that the URL names, if it names one
     */
    public Optional<McpSession> open(
            String owner,
            String environment,
            @Nullable Episode fixed,
            ProtocolVersion version,
            ObjectNode capabilities) {
        if (sessions.size() >= MAX_SESSIONS) {
            return Optional.empty();
        }
        byte[] bytes = new byte[16];
        random.nextBytes(bytes);
        McpSession session =
                new McpSession(HexFormat.of().formatHex(bytes), owner, environment, fixed, version, capabilities);
        sessions.put(session.id(), session);
        return Optional.of(session);
    }

    /** A session of this caller's in this environment. */
    public Optional<McpSession> find(String id, String owner, String environment) {
        Optional<McpSession> found =
                Optional.ofNullable(sessions.get(id)).filter(session -> session.belongsTo(owner, environment));
        found.ifPresent(McpSession::touch);
        return found;
    }

    /** Ends a session and the episode that is its own. Blocks while a sandbox ends. */
    public void end(McpSession session) {
        if (sessions.remove(session.id(), session)) {
            session.end();
        }
    }

    /** Ends the sessions that nobody has used for an hour, or for a minute where their URL's episode is closed. */
    public void endIdle() {
        long now = System.nanoTime();
        for (McpSession session : sessions.values()) {
            Duration idle = session.outlivesItsEpisode() ? IDLE_AFTER_EPISODE : IDLE;
            if (session.idleNanos(now) > idle.toNanos()) {
                Thread.ofVirtual().name("end-session").start(() -> end(session));
            }
        }
    }
}
