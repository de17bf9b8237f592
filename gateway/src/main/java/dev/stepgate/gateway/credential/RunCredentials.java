package dev.stepgate.gateway.credential;

import com.fasterxml.jackson.core.JsonPointer;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stepgate.environment.CredentialReference;
import dev.stepgate.environment.CredentialReference.Injection;
import dev.stepgate.environment.SandboxSpec;
import dev.stepgate.gateway.credential.SecretStore.Grant;
import dev.stepgate.gateway.journal.CredentialUse;
import dev.stepgate.scrub.Scrubber;
import dev.stepgate.tool.Credential;
import dev.stepgate.tool.Refusal;
import dev.stepgate.tool.Secret;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The credentials of one run of an episode, from its start to its end. Thread-safe. */
public final class RunCredentials implements AutoCloseable {
    private static final Credential NONE = new Credential.None();

    private final EnvironmentCredentials environment;
    private final Map<String, HeldSecret> own;
    private final ReentrantLock granting = new ReentrantLock();
    private @Nullable Grant grant;
    private boolean closed;

    RunCredentials(EnvironmentCredentials environment) {
        this.environment = environment;
        this.own = environment.own(this);
    }

    /** Takes this environment's credentials out of what comes back. */
    public Scrubber scrubber() {
        return environment.scrubber();
    }

    /** The identity with which this run's own values are taken, made when the first one is. */
    Grant grant() throws SecretStoreFailed {
        granting.lock();
        try {
            if (closed) {
                throw new SecretStoreFailed(SecretStoreFailed.Kind.REFUSED, "the episode is over");
            }
            Grant known = grant;
            if (known == null) {
                known = environment.grant();
                grant = known;
            }
            return known;
        } finally {
            granting.unlock();
        }
    }

    /**
     * What is attached to whatever an upstream is told that is no call of a tool: its session, its lists.
     *
     * @throws dev.stepgate.tool.Refusal {@code credential.unavailable}
     */
    public Credential ofSession(String upstream) {
        return environment.headers(upstream).stream()
                .filter(reference -> reference.bind().session())
                .findFirst()
                .<Credential>map(this::header)
                .orElse(NONE);
    }

    /** Reads again what an upstream would not have a session opened with; whether there is another value now. */
    public boolean hasAnotherForSession(String upstream, Credential refused) {
        return environment.headers(upstream).stream()
                .filter(reference -> reference.bind().session())
                .findFirst()
                .flatMap(reference -> again(reference, refused))
                .isPresent();
    }

    /**
     * What is attached to a call.
     *
     * @param tool the upstream's own name
     * @param named the one that the policy chose, or null
     * @throws dev.stepgate.tool.Refusal {@code credential.unavailable}, also where the one named is bound elsewhere
     */
    Credential ofCall(String upstream, String tool, @Nullable String named) {
        Optional<CredentialReference> chosen = reference(upstream, tool, named);
        if (chosen.isEmpty() && named != null && !isAnotherChannel(upstream, named)) {
            throw HeldSecret.unavailable();
        }
        return withArguments(
                upstream, tool, named, chosen.<Credential>map(this::header).orElse(NONE));
    }

    private Credential withArguments(String upstream, String tool, @Nullable String named, Credential beside) {
        Map<JsonPointer, CredentialReference> filled = filled(upstream, tool, named);
        if (filled.isEmpty()) {
            return beside;
        }
        Map<JsonPointer, Secret> values = new HashMap<>();
        filled.forEach((pointer, reference) -> values.put(
                pointer, field(held(reference).current(), ((Injection.Argument) reference.inject()).field())));
        return new Credential.Arguments(values, beside);
    }

    /** What fills the arguments of a tool; where several could, the one named or else the first. */
    private Map<JsonPointer, CredentialReference> filled(String upstream, String tool, @Nullable String named) {
        List<CredentialReference> references = environment.arguments(upstream);
        if (references.isEmpty()) {
            return Map.of();
        }
        Map<JsonPointer, CredentialReference> filled = new LinkedHashMap<>();
        for (CredentialReference reference : references) {
            if (reference.bind().tools().contains(tool)) {
                JsonPointer pointer = pointer(reference);
                if (reference.name().equals(named)) {
                    filled.put(pointer, reference);
                } else {
                    filled.putIfAbsent(pointer, reference);
                }
            }
        }
        return filled;
    }

    private static JsonPointer pointer(CredentialReference reference) {
        return JsonPointer.compile(((Injection.Argument) reference.inject()).pointer());
    }

    /** The arguments of an upstream that are filled, by the tools that have them; no value is read for it. */
    public Map<String, Set<JsonPointer>> filled(String upstream) {
        Map<String, Set<JsonPointer>> filled = new HashMap<>();
        for (CredentialReference reference : environment.arguments(upstream)) {
            for (String tool : reference.bind().tools()) {
                filled.computeIfAbsent(tool, _ -> new HashSet<>()).add(pointer(reference));
            }
        }
        return filled;
    }

    /** @throws Refusal when a call brings an argument that a credential fills */
    void requireUnfilled(String upstream, String tool, ObjectNode arguments) {
        for (JsonPointer pointer : filled(upstream, tool, null).keySet()) {
            if (!arguments.at(pointer).isMissingNode()) {
                throw Refusal.ofArgument(
                        "args.schema",
                        "argument " + pointer + ": the gateway fills it in, so it must be left out",
                        pointer.toString());
            }
        }
    }

    /** What a call carries, and what its upstream's process was started with; asked after {@link #ofCall}. */
    List<CredentialUse> uses(String upstream, String tool, @Nullable String named) {
        if (environment.references().isEmpty()) {
            return List.of();
        }
        List<CredentialReference> used =
                new ArrayList<>(filled(upstream, tool, named).values());
        reference(upstream, tool, named).ifPresent(used::add);
        environment.references().stream()
                .filter(reference -> reference.inject().isOfProcess()
                        && reference.bind().upstream().equals(upstream))
                .forEach(used::add);
        return used.stream().map(this::use).toList();
    }

    private CredentialUse use(CredentialReference reference) {
        HeldSecret.Held now = held(reference).held();
        return new CredentialUse(
                reference.name(), now == null ? null : now.reading().version(), now != null && now.stale());
    }

    /** The same after its upstream has refused it; empty where there is no other value. */
    Optional<Credential> again(String upstream, String tool, @Nullable String named, Credential refused) {
        Credential attached = refused instanceof Credential.Arguments arguments ? arguments.beside() : refused;
        return reference(upstream, tool, named)
                .flatMap(reference -> again(reference, attached))
                .map(fresh -> withArguments(upstream, tool, named, fresh));
    }

    private Optional<Credential.Header> again(CredentialReference reference, Credential refused) {
        if (!(refused instanceof Credential.Header sent)) {
            return Optional.empty();
        }
        HeldSecret held = held(reference);
        Injection.Header header = (Injection.Header) reference.inject();
        HeldSecret.Held before = held.held();
        Secret value = before == null ? null : before.reading().fields().get(header.field());
        if (value != null) {
            held.again(value, header.field());
        }
        Credential.Header fresh = header(reference);
        return fresh.value().equals(sent.value()) ? Optional.empty() : Optional.of(fresh);
    }

    private boolean isAnotherChannel(String upstream, String named) {
        return environment.references().stream()
                .anyMatch(reference -> reference.name().equals(named)
                        && reference.bind().upstream().equals(upstream)
                        && !(reference.inject() instanceof Injection.Header));
    }

    private Optional<CredentialReference> reference(String upstream, String tool, @Nullable String named) {
        boolean chosen = named != null && !isAnotherChannel(upstream, named);
        List<CredentialReference> headers = environment.headers(upstream).stream()
                .filter(reference -> !chosen || reference.name().equals(named))
                .toList();
        Optional<CredentialReference> ofTool = headers.stream()
                .filter(reference -> reference.bind().tools().contains(tool))
                .findFirst();
        return ofTool.or(() -> headers.stream()
                .filter(reference -> reference.bind().tools().isEmpty())
                .findFirst());
    }

    private HeldSecret held(CredentialReference reference) {
        HeldSecret held = own.get(reference.name());
        HeldSecret shared = held == null ? environment.pooled(reference.name()) : held;
        if (shared == null) {
            throw new IllegalStateException("a credential that nobody holds");
        }
        return shared;
    }

    private Credential.Header header(CredentialReference reference) {
        Injection.Header header = (Injection.Header) reference.inject();
        Secret value = field(held(reference).current(), header.field());
        return new Credential.Header(header.name(), Secret.of(header.format().replace("{}", value.reveal())));
    }

    private static Secret field(SecretStore.Reading reading, String name) {
        Secret value = reading.fields().get(name);
        if (value == null) {
            throw HeldSecret.unavailable();
        }
        return value;
    }

    /**
     * The variables a process is started with.
     *
     * @throws dev.stepgate.tool.Refusal {@code credential.unavailable}
     */
    public Map<String, String> variables(String upstream) {
        return ofProcess(
                upstream, inject -> inject instanceof Injection.Variables variables ? variables.fields() : Map.of());
    }

    /**
     * The files a process is started with, by name.
     *
     * @throws dev.stepgate.tool.Refusal {@code credential.unavailable}
     */
    public Map<String, String> files(String upstream) {
        Map<String, String> files =
                ofProcess(upstream, inject -> inject instanceof Injection.FileSet set ? set.fields() : Map.of());
        if (files.size() > SandboxSpec.MOST_FILES) {
            throw Refusal.environmentFailed("its credentials make more than " + SandboxSpec.MOST_FILES
                    + " files: put several values into one, or use `env`");
        }
        return files;
    }

    private Map<String, String> ofProcess(String upstream, Function<Injection, Map<String, String>> channel) {
        Map<String, String> values = new HashMap<>();
        for (CredentialReference reference : environment.references()) {
            Map<String, String> fields = channel.apply(reference.inject());
            if (reference.bind().upstream().equals(upstream) && !fields.isEmpty()) {
                SecretStore.Reading reading = held(reference).current();
                fields.forEach(
                        (name, field) -> values.put(name, field(reading, field).reveal()));
            }
        }
        return values;
    }

    void refreshIfDue() {
        own.values().forEach(HeldSecret::refreshIfDue);
    }

    /** Has everything taken back that was this run's alone. Safe to call twice; does not wait for the store. */
    @Override
    public void close() {
        Grant last;
        granting.lock();
        try {
            if (closed) {
                return;
            }
            closed = true;
            last = grant;
        } finally {
            granting.unlock();
        }
        own.values().forEach(HeldSecret::close);
        environment.forget(this);
        if (last != null) {
            environment.end(last);
        }
    }
}
