package dev.stepgate.gateway.credential;

import dev.stepgate.environment.CredentialReference;
import dev.stepgate.environment.CredentialReference.Injection;
import dev.stepgate.gateway.credential.SecretStore.Grant;
import dev.stepgate.scrub.Scrubber;
import dev.stepgate.tool.Credential;
import dev.stepgate.tool.Secret;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
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
                .filter(reference -> reference.bind().tools().isEmpty())
                .findFirst()
                .<Credential>map(this::header)
                .orElse(NONE);
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
        if (chosen.isEmpty() && named != null && !isVariables(upstream, named)) {
            throw HeldSecret.unavailable();
        }
        return chosen.<Credential>map(this::header).orElse(NONE);
    }

    /** The same after its upstream has refused it; empty where there is no other value. */
    Optional<Credential> again(String upstream, String tool, @Nullable String named, Credential refused) {
        if (!(refused instanceof Credential.Header sent)) {
            return Optional.empty();
        }
        return reference(upstream, tool, named).flatMap(reference -> {
            HeldSecret held = held(reference);
            Injection.Header header = (Injection.Header) reference.inject();
            HeldSecret.Held before = held.held();
            Secret value = before == null ? null : before.reading().fields().get(header.field());
            if (value != null) {
                held.again(value, header.field());
            }
            Credential.Header fresh = header(reference);
            return fresh.value().equals(sent.value()) ? Optional.empty() : Optional.of(fresh);
        });
    }

    private boolean isVariables(String upstream, String named) {
        return environment.references().stream()
                .anyMatch(reference -> reference.name().equals(named)
                        && reference.bind().upstream().equals(upstream)
                        && reference.inject() instanceof Injection.Variables);
    }

    private Optional<CredentialReference> reference(String upstream, String tool, @Nullable String named) {
        List<CredentialReference> headers = environment.headers(upstream).stream()
                .filter(reference -> named == null || reference.name().equals(named))
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
        Map<String, String> variables = new HashMap<>();
        for (CredentialReference reference : environment.references()) {
            if (reference.bind().upstream().equals(upstream)
                    && reference.inject() instanceof Injection.Variables(Map<String, String> fields)) {
                SecretStore.Reading reading = held(reference).current();
                fields.forEach((variable, name) ->
                        variables.put(variable, field(reading, name).reveal()));
            }
        }
        return variables;
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
