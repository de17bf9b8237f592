package dev.stepgate.gateway.session;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stepgate.gateway.episode.Episode;
import dev.stepgate.gateway.episode.EpisodeRun;
import dev.stepgate.mcp.ProtocolVersion;
import dev.stepgate.tool.Reply;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One MCP session: what was agreed on, its episode, its requests that are under way in either direction, and its streams.
 * Thread-safe; its episode is opened by its first call and is its own.
 */
public final class McpSession {
    /** Streams whose events are kept; of those that are complete the oldest go first. */
    private static final int MOST_STREAMS = 16;

    private static final int MOST_REQUESTS = 256;
    private static final int MOST_QUESTIONS = 64;

    private final String id;
    private final String owner;
    private final String environment;
    private final @Nullable Episode fixed;
    private final ProtocolVersion version;
    private final ObjectNode capabilities;
    private final ReentrantLock opening = new ReentrantLock();
    private final Map<String, Runnable> requests = new ConcurrentHashMap<>();
    private final Map<String, CompletableFuture<Reply>> questions = new ConcurrentHashMap<>();
    private final Map<String, EventLog> streams = new LinkedHashMap<>();
    private final AtomicLong nextQuestion = new AtomicLong(1);
    private final AtomicLong nextStream = new AtomicLong(1);
    private final EventLog background = new EventLog("b");
    private volatile @Nullable Episode episode;
    private @Nullable EpisodeRun heard;
    private volatile boolean listens;
    private volatile long lastUsedNanos = System.nanoTime();

    McpSession(
            String id,
            String owner,
            String environment,
            @Nullable Episode fixed,
            ProtocolVersion version,
            ObjectNode capabilities) {
        this.id = id;
        this.owner = owner;
        this.environment = environment;
        this.fixed = fixed;
        this.version = version;
        this.capabilities = capabilities;
    }

    public String id() {
        return id;
    }

    /** The revision that was agreed on. */
    public ProtocolVersion version() {
        return version;
    }

    /** What the client said in {@code initialize} that it can do. */
    public ObjectNode capabilities() {
        return capabilities;
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

    /** The session's own episode, if its first call has opened it. */
    public Optional<Episode> episode() {
        return Optional.ofNullable(episode);
    }

    /** Whether the session does not listen to this run yet; from now on it does. */
    public synchronized boolean hears(EpisodeRun run) {
        boolean isNew = heard != run;
        heard = run;
        return isNew;
    }

    /** Notes a request of the client's, to be cancelled by its id. False when too many are under way. */
    public boolean begin(JsonNode request, Runnable cancel) {
        return requests.size() < MOST_REQUESTS && requests.put(request.toString(), cancel) == null;
    }

    public void end(JsonNode request) {
        requests.remove(request.toString());
    }

    /** Cancels a request; nothing happens where there is none of that id, any more or at all. */
    public void cancel(JsonNode request) {
        Runnable cancel = requests.get(request.toString());
        if (cancel != null) {
            cancel.run();
        }
    }

    /** A new question to the client: its id, and where its answer arrives. Empty when too many are open. */
    public Optional<Question> ask() {
        if (questions.size() >= MOST_QUESTIONS) {
            return Optional.empty();
        }
        String question = "g" + nextQuestion.getAndIncrement();
        CompletableFuture<Reply> answer = new CompletableFuture<>();
        questions.put(question, answer);
        return Optional.of(new Question(question, answer));
    }

    /** A question of ours and its answer to come. */
    public record Question(String id, CompletableFuture<Reply> answer) {}

    public void forget(Question question) {
        questions.remove(question.id());
    }

    /** An answer has come; one that nobody asked for, or waits for any more, is nothing. */
    public void answered(@Nullable JsonNode question, Reply reply) {
        CompletableFuture<Reply> waiting =
                question == null || !question.isTextual() ? null : questions.remove(question.textValue());
        if (waiting != null) {
            waiting.complete(reply);
        }
    }

    /** A stream for one request; its events are kept for a client that loses its connection. */
    public EventLog openStream() {
        EventLog log = new EventLog("s" + nextStream.getAndIncrement());
        synchronized (streams) {
            streams.put(EventLog.nameIn(log.beginning()).orElseThrow(), log);
            Iterator<EventLog> oldest = streams.values().iterator();
            while (streams.size() > MOST_STREAMS && oldest.hasNext()) {
                if (oldest.next().isComplete()) {
                    oldest.remove();
                }
            }
        }
        return log;
    }

    /** The stream that an event was of. */
    public Optional<EventLog> streamOf(String eventId) {
        Optional<String> name = EventLog.nameIn(eventId);
        if (name.filter("b"::equals).isPresent()) {
            return Optional.of(background);
        }
        synchronized (streams) {
            return name.map(streams::get);
        }
    }

    /** The stream for what belongs to no request. */
    public EventLog background() {
        return background;
    }

    /** Whether the client has ever asked for that stream, or for a resource's changes. */
    public boolean listens() {
        return listens;
    }

    public void listen() {
        listens = true;
    }

    void touch() {
        lastUsedNanos = System.nanoTime();
    }

    /** Whether it was opened on the URL of an episode that is closed by now. */
    boolean outlivesItsEpisode() {
        return fixed != null && fixed.isClosed();
    }

    long idleNanos(long now) {
        return requests.isEmpty() ? now - lastUsedNanos : 0;
    }

    void end() {
        requests.values().forEach(Runnable::run);
        background.complete();
        Episode current = episode;
        if (current != null) {
            current.close();
        }
    }
}
