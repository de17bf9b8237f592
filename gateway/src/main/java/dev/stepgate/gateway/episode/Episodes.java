package dev.stepgate.gateway.episode;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.stepgate.gateway.episode.RunBackend.ResetRequest;
import dev.stepgate.gateway.journal.Journal;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collection;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * All episodes of this gateway: opened against the capacity of their environment, found by their owner, closed when idle
 * or expired. Safe for use by many threads; {@link #closeExpired()} is called by one timer.
 */
public final class Episodes {
    /** A run that a call began, without a reset. */
    static final ResetRequest NO_REQUEST = new ResetRequest(null, null, JsonNodeFactory.instance.objectNode());

    /** Closed episodes stay readable for their owner this long, and at most so many of them. */
    private static final Duration REMEMBERED = Duration.ofHours(1);

    private static final int MAX_REMEMBERED = 10_000;

    private final RunBackend backend;
    private final Journal journal;
    private final InstantSource clock;
    private final SecureRandom random;
    private final Map<String, Capacity> capacities = new ConcurrentHashMap<>();
    private final Map<String, EpisodeSettings> settings = new ConcurrentHashMap<>();
    private final Map<String, Episode> open = new ConcurrentHashMap<>();
    private final Map<OwnedName, Episode> defaults = new ConcurrentHashMap<>();
    private final Map<OwnedName, Episode> created = new ConcurrentHashMap<>();
    private final Map<OwnedName, Instant> remembered = new ConcurrentHashMap<>();
    private volatile boolean draining;

    private record OwnedName(String owner, String name) {}

    public Episodes(RunBackend backend, Journal journal, InstantSource clock, SecureRandom random) {
        this.backend = backend;
        this.journal = journal;
        this.clock = clock;
        this.random = random;
    }

    /** Makes an environment's episodes possible. */
    public void admit(String environment, EpisodeSettings environmentSettings) {
        settings.put(environment, environmentSettings);
        capacities.put(
                environment,
                new Capacity(
                        environmentSettings.capacity(), environmentSettings.queue(), environmentSettings.queueWait()));
    }

    /**
     * Opens an episode that something else keeps hold of: a socket, a session. Takes its slot, or waits for one where the
     * manifest has a queue; nothing is started.
     *
     * @throws CapacityReached when there is no slot
     */
    public Episode open(String environment, String owner, Origin origin) {
        return open(environment, owner, origin, slotFor(environment));
    }

    /**
     * The same without blocking: fails with {@link CapacityReached} when there is no slot. Cancelling gives up the place in
     * the queue; an episode that was opened meanwhile is closed again.
     */
    public CompletableFuture<Episode> openInTurn(String environment, String owner, Origin origin) {
        Capacity capacity = capacity(environment);
        CompletableFuture<Episode> opening = new CompletableFuture<>();
        CompletableFuture<Optional<Capacity.Slot>> place = ask(capacity);
        var _ = place.thenAccept(slot -> {
            if (slot.isEmpty()) {
                opening.completeExceptionally(capacity.reached());
                return;
            }
            Episode episode = open(environment, owner, origin, slot.get());
            if (!opening.complete(episode)) {
                episode.close();
            }
        });
        var _ = opening.whenComplete(
                (_, _) -> place.complete(Optional.empty())); // given up: no effect on a slot that was given
        return opening;
    }

    private Episode open(String environment, String owner, Origin origin, Capacity.Slot slot) {
        String key = newKey();
        Episode episode =
                make(environment, owner, origin, key, key, null, Narrowing.NONE, () -> open.remove(key), slot);
        open.put(key, episode);
        return episode;
    }

    private Capacity.Slot slotFor(String environment) {
        Capacity capacity = capacity(environment);
        return ask(capacity).join().orElseThrow(capacity::reached);
    }

    private CompletableFuture<Optional<Capacity.Slot>> ask(Capacity capacity) {
        return draining ? CompletableFuture.completedFuture(Optional.empty()) : capacity.ask();
    }

    private Capacity capacity(String environment) {
        return Optional.ofNullable(capacities.get(environment))
                .orElseThrow(() -> new IllegalStateException("environment `" + environment + "` was not admitted"));
    }

    /** The caller's own default episode in an environment, opened if there is none or the last one is closed. */
    public Episode defaultEpisode(String environment, String owner) {
        OwnedName name = new OwnedName(owner, environment);
        Episode current = defaults.get(name);
        if (current != null && !current.isClosed()) {
            return current;
        }
        Episode fresh = open(environment, owner, Origin.DEFAULT);
        Episode winner = defaults.compute(name, (n, old) -> old == null || old.isClosed() ? fresh : old);
        if (winner != fresh) {
            fresh.close();
        }
        return winner;
    }

    /**
     * Opens an episode under a name of its owner's, for {@code POST /episodes}.
     *
     * @return empty when the owner has a live episode of that name
     * @throws CapacityReached when every slot is taken
     */
    public Optional<Episode> create(
            String environment, String owner, @Nullable String id, Duration ttl, Narrowing narrowing) {
        String key = newKey();
        OwnedName name = new OwnedName(owner, id == null ? key : id);
        if (find(owner, name.name()).filter(other -> !other.isClosed()).isPresent()) {
            return Optional.empty();
        }
        Runnable forget = () -> {
            open.remove(key);
            remembered.put(name, clock.instant());
        };
        Episode episode = make(
                environment,
                owner,
                Origin.CREATED,
                key,
                name.name(),
                clock.instant().plus(ttl),
                narrowing,
                forget,
                slotFor(environment));
        Episode winner = created.compute(name, (n, old) -> old == null || old.isClosed() ? episode : old);
        if (winner != episode) {
            episode.close();
            return Optional.empty();
        }
        remembered.remove(name);
        open.put(key, episode);
        return Optional.of(episode);
    }

    /** A created episode of this owner's, open or closed not long ago. */
    public Optional<Episode> find(String owner, String id) {
        return Optional.ofNullable(created.get(new OwnedName(owner, id)));
    }

    /** The created episodes of that name, whoever owns them: for those who may read what is not theirs. */
    public List<Episode> named(String id) {
        return created.values().stream()
                .filter(episode -> episode.id().equals(id))
                .toList();
    }

    /** An open episode by its key, if it is this owner's. */
    public Optional<Episode> findOpen(String owner, String key) {
        return Optional.ofNullable(open.get(key))
                .filter(episode -> episode.owner().equals(owner));
    }

    /** The owner's own live created episodes, oldest first. */
    public List<Episode> createdBy(String owner) {
        return created.values().stream()
                .filter(episode -> episode.owner().equals(owner) && !episode.isClosed())
                .sorted(Comparator.comparing(episode -> String.valueOf(episode.expiresAt())))
                .toList();
    }

    /** How the slots of an environment are used at this moment. */
    public Use use(String environment) {
        Capacity capacity = capacity(environment);
        return new Use(capacity.slots(), capacity.used(), capacity.queued());
    }

    /**
     * The slots of an environment.
     *
     * @param max how many there are
     * @param inUse how many are taken
     * @param queued how many wait for one
     */
    public record Use(int max, int inUse, int queued) {}

    /** Closes what is idle or expired and forgets what was closed long ago. Blocks while sandboxes end. */
    public void closeExpired() {
        Instant now = clock.instant();
        long nowNanos = System.nanoTime();
        for (Episode episode : open.values()) {
            if (episode.hasExpired(now, nowNanos)) {
                // One slow kill must not hold up the others, nor this timer.
                Thread.ofVirtual().name("close-episode").start(episode::close);
            }
        }
        forgetOld(now);
    }

    private void forgetOld(Instant now) {
        remembered.forEach((name, closedAt) -> {
            if (closedAt.plus(REMEMBERED).isBefore(now)) {
                forget(name);
            }
        });
        int surplus = remembered.size() - MAX_REMEMBERED;
        if (surplus > 0) {
            remembered.entrySet().stream()
                    .sorted(Map.Entry.comparingByValue())
                    .limit(surplus)
                    .map(Map.Entry::getKey)
                    .toList()
                    .forEach(this::forget);
        }
    }

    /** From now on nothing new opens; what runs may finish. */
    public void drain() {
        draining = true;
        capacities.values().forEach(Capacity::dismiss);
    }

    public boolean isDraining() {
        return draining;
    }

    /** Whether any call or trainer is still at work: an episode that can go on and was used in the last few seconds. */
    public boolean isBusy() {
        long now = System.nanoTime();
        return open.values().stream().anyMatch(episode -> episode.isAtWork(now));
    }

    /** Whether an episode is open, or closed so lately that its owner may still ask for it. */
    public boolean remembers(Episode episode) {
        return !episode.isClosed()
                || find(episode.owner(), episode.id())
                        .filter(known -> known == episode)
                        .isPresent();
    }

    public Collection<Episode> all() {
        return List.copyOf(open.values());
    }

    private void forget(OwnedName name) {
        remembered.remove(name);
        created.computeIfPresent(name, (n, episode) -> episode.isClosed() ? null : episode);
    }

    private Episode make(
            String environment,
            String owner,
            Origin origin,
            String key,
            String id,
            @Nullable Instant expiresAt,
            Narrowing narrowing,
            Runnable forget,
            Capacity.Slot slot) {
        EpisodeSettings environmentSettings = Objects.requireNonNull(settings.get(environment));
        Episode.Spec spec =
                new Episode.Spec(key, id, environment, owner, origin, environmentSettings, expiresAt, narrowing);
        return new Episode(spec, backend, journal.episode(environment, key), slot, forget);
    }

    private String newKey() {
        byte[] bytes = new byte[16];
        random.nextBytes(bytes);
        return HexFormat.of().formatHex(bytes);
    }
}
