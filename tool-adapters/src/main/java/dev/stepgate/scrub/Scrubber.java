package dev.stepgate.scrub;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stepgate.tool.Refusal;
import dev.stepgate.tool.Secret;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

/**
 * Takes the credentials of one environment out of what its upstreams say. Looking needs no lock; adding and removing a secret
 * makes the table of forms anew. Thread-safe.
 *
 * <p>What no scrubber can find: a secret that is changed in a way that only the sender knows, or told over several messages.
 */
public final class Scrubber {
    /** One for those that have no credentials. Nothing can be added to it. */
    public static final Scrubber NONE = new Scrubber(0);

    /** Secrets that one environment may have at a time; a further one is refused, and with it the call. */
    public static final int MOST_SECRETS = 10_000;

    private final int most;
    private final ReentrantLock changing = new ReentrantLock();
    private final IdentityHashMap<Secret, List<byte[]>> forms = new IdentityHashMap<>();
    private final LongAdder hits = new LongAdder();
    private volatile PatternTable table = PatternTable.EMPTY;

    public Scrubber() {
        this(MOST_SECRETS);
    }

    private Scrubber(int most) {
        this.most = most;
    }

    /**
     * Has a secret taken out from now on.
     *
     * @throws IllegalStateException when there are too many
     */
    public void add(Secret secret) {
        changing.lock();
        try {
            if (forms.containsKey(secret)) {
                return;
            }
            if (forms.size() >= most) {
                throw new IllegalStateException("too many credentials are in use to look for all of them");
            }
            forms.put(secret, SecretForms.of(secret.reveal()));
            rebuild();
        } finally {
            changing.unlock();
        }
    }

    /** Forgets a secret that can come back no more. */
    public void remove(Secret secret) {
        changing.lock();
        try {
            if (forms.remove(secret) != null) {
                rebuild();
            }
        } finally {
            changing.unlock();
        }
    }

    private void rebuild() {
        List<byte[]> all = new ArrayList<>();
        forms.values().forEach(all::addAll);
        table = new PatternTable(all);
    }

    /** How often something was taken out. */
    public long hits() {
        return hits.sum();
    }

    /** The text without secrets; the same object where it holds none. */
    public String text(String text) {
        String clean = TextScrubber.scrubbed(text, table);
        if (!clean.equals(text)) {
            hits.increment();
        }
        return clean;
    }

    /** The tree without secrets in its names, texts and numbers; the same object where it holds none. Never changes it. */
    public JsonNode tree(JsonNode node) {
        PatternTable current = table;
        return current.isEmpty() ? node : new TreeScrubber(current, hits).scrubbed(node);
    }

    /** The same of an object, which is one still. */
    public ObjectNode object(ObjectNode node) {
        return (ObjectNode) tree(node);
    }

    /** Does something, with secrets taken out of the words of its refusal: they may quote what the upstream said. */
    public <T> T refusals(Supplier<T> action) {
        try {
            return action.get();
        } catch (Refusal refusal) {
            throw refusal.saying(text(refusal.reason()));
        }
    }

    /** For bytes that come in pieces. */
    public ByteScrubber bytes() {
        return new ByteScrubber(() -> table, hits);
    }
}
