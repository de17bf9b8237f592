package dev.stepgate.gateway.session;

import dev.stepgate.gateway.episode.CapacityReached;
import dev.stepgate.gateway.episode.Episode;
import dev.stepgate.gateway.episode.Episodes;
import dev.stepgate.gateway.episode.Origin;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Sessions of OpenEnv's {@code openenv/session/create}: an episode that one socket at a time may attach to. Closing it
 * while a socket is attached is put off until the socket lets go. Thread-safe.
 */
public final class OpenEnvSessions {
    private final Episodes episodes;
    private final Map<String, Session> sessions = new ConcurrentHashMap<>();

    private enum Attachment {
        FREE,
        ATTACHED,
        CLOSING,
        CLOSED
    }

    private record Session(Episode episode, AtomicReference<Attachment> attachment) {}

    /** What became of a request to close. */
    public enum Closed {
        /** The episode is closed. */
        NOW,
        /** It will be when its socket lets go. */
        LATER
    }

    public OpenEnvSessions(Episodes episodes) {
        this.episodes = episodes;
    }

    /**
     * Opens a session; its id is its episode's key.
     *
     * @throws CapacityReached when there is no slot
     */
    public Episode create(String environment, String owner) {
        Episode episode = episodes.open(environment, owner, Origin.OPENENV_SESSION);
        sessions.put(episode.key(), new Session(episode, new AtomicReference<>(Attachment.FREE)));
        episode.onClose(() -> sessions.remove(episode.key()));
        return episode;
    }

    /** The open session of this caller's in this environment. */
    public Optional<Episode> find(String id, String owner, String environment) {
        return Optional.ofNullable(sessions.get(id))
                .map(Session::episode)
                .filter(episode -> episode.owner().equals(owner)
                        && episode.environment().equals(environment)
                        && !episode.isClosed());
    }

    /** Takes the one attachment a session has; false if a socket has it. */
    public boolean attach(Episode episode) {
        Session session = sessions.get(episode.key());
        return session != null && session.attachment().compareAndSet(Attachment.FREE, Attachment.ATTACHED);
    }

    /** Gives the attachment back, and closes the episode if that was put off until now. */
    public void detach(Episode episode) {
        Session session = sessions.get(episode.key());
        if (session != null && !session.attachment().compareAndSet(Attachment.ATTACHED, Attachment.FREE)) {
            session.attachment().set(Attachment.CLOSED);
            episode.close();
        }
    }

    public Closed close(Episode episode) {
        Session session = sessions.get(episode.key());
        if (session != null && session.attachment().updateAndGet(OpenEnvSessions::afterClose) == Attachment.CLOSING) {
            return Closed.LATER;
        }
        episode.close();
        return Closed.NOW;
    }

    private static Attachment afterClose(Attachment now) {
        return switch (now) {
            case ATTACHED, CLOSING -> Attachment.CLOSING;
            case FREE, CLOSED -> Attachment.CLOSED;
        };
    }
}
