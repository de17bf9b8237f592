package dev.stepgate.gateway.upstream;

import com.fasterxml.jackson.core.JsonPointer;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stepgate.adapter.AdapterStack;
import dev.stepgate.adapter.EpisodeControl;
import dev.stepgate.adapter.McpClient;
import dev.stepgate.adapter.builtin.BundledAdapter;
import dev.stepgate.adapter.openenv.ActionTool;
import dev.stepgate.adapter.openenv.OpenEnvAdapter;
import dev.stepgate.adapter.openenv.OpenEnvEndpoint;
import dev.stepgate.adapter.openenv.OpenEnvTransport;
import dev.stepgate.adapter.openenv.ServerDocuments;
import dev.stepgate.adapter.stdio.StdioLimits;
import dev.stepgate.adapter.stdio.StdioMcp;
import dev.stepgate.environment.EnvironmentManifest;
import dev.stepgate.environment.Passage;
import dev.stepgate.environment.Rubric;
import dev.stepgate.environment.Sandbox;
import dev.stepgate.environment.SandboxDrivers;
import dev.stepgate.environment.Upstream;
import dev.stepgate.environment.bundled.BundledEnvironment;
import dev.stepgate.environment.egress.EgressAttempt;
import dev.stepgate.environment.egress.EgressProxy;
import dev.stepgate.gateway.credential.RunCredentials;
import dev.stepgate.gateway.reward.Verdict;
import dev.stepgate.mcp.ProtocolVersion;
import dev.stepgate.scrub.Scrubber;
import dev.stepgate.tool.Credential;
import dev.stepgate.tool.Deadline;
import dev.stepgate.tool.OutcomeClass;
import dev.stepgate.tool.Refusal;
import dev.stepgate.tool.ToolAdapter;
import java.io.IOException;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Connects an upstream the way its manifest says. Thread-safe. */
public final class UpstreamConnector implements AutoCloseable {
    /** Where nothing runs in a process of its own there is nothing to fence. */
    public static final String NO_DRIVER = "none";

    /** Calls that one run may have under way with one upstream; further ones wait within their deadline. */
    private static final int MAX_CALLS_IN_FLIGHT = 64;

    private final Sandboxes sandboxes;
    private final HttpOpener http;
    private final OpenEnvTransport openEnv;
    private final OpenEnvServers servers;
    private final Verification verification;
    private final WarmPool<Silent> children = new WarmPool<>();
    private final Map<Spoken, ProtocolVersion> revisions = new ConcurrentHashMap<>();
    private final Map<Spoken, Breaker> breakers = new ConcurrentHashMap<>();

    private record Spoken(String environment, String upstream) {}

    /** Opens sessions with MCP servers over HTTP; given from outside, so that no HTTP library is known here. */
    @FunctionalInterface
    public interface HttpOpener {
        McpClient open(
                URI url,
                Supplier<Credential> own,
                ObjectNode mostCapabilities,
                @Nullable ProtocolVersion known,
                Deadline deadline);
    }

    /**
     * One upstream, connected for one run.
     *
     * @param control how it is reset and asked for its state, or null where the upstream has none
     * @param endpoint where its OpenEnv server is, or null where it is none
     * @param sandbox the one that its program runs in, or null where the manifest has none started
     */
    record Connected(
            ToolAdapter adapter,
            @Nullable EpisodeControl control,
            @Nullable OpenEnvEndpoint endpoint,
            @Nullable Sandbox sandbox) {}

    /** @param openEnv is closed by its owner, after this */
    public UpstreamConnector(SandboxDrivers drivers, EgressProxy egress, HttpOpener http, OpenEnvTransport openEnv) {
        this.sandboxes = new Sandboxes(drivers, egress);
        this.http = http;
        this.openEnv = openEnv;
        this.verification = new Verification(sandboxes);
        this.servers = new OpenEnvServers(sandboxes, openEnv);
    }

    /** The name of the driver that an environment would run under. */
    public String driverFor(EnvironmentManifest manifest) {
        boolean starts = manifest.upstreams().stream().anyMatch(Upstream::isStarted);
        return starts ? sandboxes.choose(manifest.isolation()).id() : NO_DRIVER;
    }

    /** What keeps calls away from an upstream that fails: one for all runs where it runs elsewhere, else one for each. */
    Breaker breaker(EnvironmentManifest manifest, Upstream upstream) {
        return upstream.isElsewhere()
                ? breakers.computeIfAbsent(new Spoken(manifest.name(), upstream.name()), _ -> new Breaker())
                : new Breaker();
    }

    /**
     * Connects one upstream for one run; one with a control is still to be reset.
     *
     * @param outside is told what a program of its own asks for outside
     */
    Connected connect(
            EnvironmentManifest manifest,
            Upstream upstream,
            RunCredentials held,
            Consumer<EgressAttempt> outside,
            Deadline deadline) {
        // What an upstream says to refuse a session may be what the session was opened with.
        return held.scrubber().refusals(() -> {
            Credential first = held.ofSession(upstream.name());
            try {
                return connected(manifest, upstream, held, outside, deadline);
            } catch (Refusal refusal) {
                if (!refusal.code().equals(Refusal.UNAUTHORIZED)
                        || !held.hasAnotherForSession(upstream.name(), first)) {
                    throw refusal;
                }
                return connected(manifest, upstream, held, outside, deadline);
            }
        });
    }

    private Connected connected(
            EnvironmentManifest manifest,
            Upstream upstream,
            RunCredentials held,
            Consumer<EgressAttempt> outside,
            Deadline deadline) {
        Scrubber scrubber = held.scrubber();
        return switch (upstream) {
            case Upstream.Builtin builtin -> {
                BundledEnvironment.Setting setting = new BundledEnvironment.Setting(
                        builtin.folder(), (command, args) -> sandboxes.startOwn(command, args, manifest.isolation()));
                BundledEnvironment environment = BundledEnvironment.named(builtin.builtin(), setting);
                yield controlled(new BundledAdapter(environment), null, scrubber, null);
            }
            case Upstream.Http remote ->
                ofTools(
                        spoken(
                                manifest,
                                upstream,
                                known -> http.open(
                                        remote.url(),
                                        () -> held.ofSession(upstream.name()),
                                        mostCapabilities(upstream),
                                        known,
                                        deadline)),
                        held.filled(upstream.name()),
                        scrubber,
                        null);
            case Upstream.Stdio stdio -> {
                AtomicReference<@Nullable Sandbox> last = new AtomicReference<>();
                McpClient client = spoken(
                        manifest,
                        upstream,
                        known -> child(manifest, stdio, held, known, deadline, started -> {
                            last.set(started.sandbox());
                            started.telling(outside);
                        }));
                yield ofTools(client, held.filled(upstream.name()), scrubber, last.get());
            }
            case Upstream.OpenEnvRemote remote ->
                ofEnvironment(upstream, OpenEnvEndpoint.at(remote.url()), null, scrubber, deadline);
            case Upstream.OpenEnvServer server ->
                servers.begin(manifest.name(), server, manifest.isolation(), deadline, running -> {
                    running.started().telling(outside);
                    return ofEnvironment(upstream, running.endpoint(), running.sandbox(), scrubber, deadline);
                });
        };
    }

    /** Connects in the revision that was spoken last; finds it out where that is unknown or holds no longer. */
    private McpClient spoken(
            EnvironmentManifest manifest, Upstream upstream, Function<@Nullable ProtocolVersion, McpClient> connect) {
        Spoken key = new Spoken(manifest.name(), upstream.name());
        String named = upstream.visible().revision();
        ProtocolVersion known =
                named == null ? revisions.get(key) : ProtocolVersion.of(named).orElse(null);
        McpClient client;
        try {
            client = connect.apply(known);
        } catch (Refusal refusal) {
            boolean again = known == null
                    && upstream instanceof Upstream.Stdio
                    && refusal.outcome().isFault();
            if (known != null && refusal.outcome() == OutcomeClass.ENV_ERROR) {
                revisions.remove(key, known); // a wait that ended or a full queue says nothing of the revision
            }
            if (!again) {
                throw refusal;
            }
            // Some servers end when they are asked anything before `initialize`.
            client = connect.apply(ProtocolVersion.NEWEST_WITH_SESSIONS);
        }
        revisions.put(key, client.version());
        return client;
    }

    private McpClient child(
            EnvironmentManifest manifest,
            Upstream.Stdio stdio,
            RunCredentials held,
            @Nullable ProtocolVersion known,
            Deadline deadline,
            Consumer<Sandboxes.Started> taken) {
        Sandboxes.Program program = Sandboxes.Program.of(stdio, held);
        Function<Silent, McpClient> begin = child -> {
            taken.accept(child.started());
            Sandbox sandbox = child.started().sandbox();
            return StdioMcp.connect(
                    sandbox.stdout(),
                    sandbox.stdin(),
                    sandbox::close,
                    StdioLimits.DEFAULT,
                    mostCapabilities(stdio),
                    known,
                    deadline);
        };
        if (program.holdsCredentials()) {
            return begin.apply(new Silent(sandboxes.start(program, manifest.isolation())));
        }
        return children.begin(
                new WarmPool.Key(manifest.name(), stdio.name()),
                stdio.warm(),
                deadline,
                _ -> new Silent(sandboxes.start(program, manifest.isolation())),
                begin);
    }

    /** A server that has not been spoken to, and so has said nothing. */
    private record Silent(Sandboxes.Started started) implements WarmPool.Warm {
        @Override
        public boolean isFresh() {
            try {
                return started.lives() && started.sandbox().stdout().available() == 0;
            } catch (IOException ended) {
                return false;
            }
        }

        @Override
        public void end() {
            started.sandbox().close();
        }
    }

    /** What agents may be asked for through an upstream. */
    private static ObjectNode mostCapabilities(Upstream upstream) {
        ObjectNode capabilities = JsonNodeFactory.instance.objectNode();
        for (Passage passage : Passage.values()) {
            if (passage.isAskedOfAgents() && upstream.visible().passes().contains(passage)) {
                ObjectNode capability = capabilities.putObject(passage.wireName());
                if (passage == Passage.ELICITATION) {
                    capability.putObject("form");
                    capability.putObject("url");
                }
            }
        }
        return capabilities;
    }

    private static Connected ofTools(
            ToolAdapter adapter, Map<String, Set<JsonPointer>> filled, Scrubber scrubber, @Nullable Sandbox sandbox) {
        return new Connected(AdapterStack.around(adapter, MAX_CALLS_IN_FLIGHT, filled, scrubber), null, null, sandbox);
    }

    private Connected ofEnvironment(
            Upstream upstream,
            OpenEnvEndpoint endpoint,
            @Nullable Sandbox sandbox,
            Scrubber scrubber,
            Deadline deadline) {
        List<ActionTool> actions = upstream.actions().stream()
                .map(action -> new ActionTool(action.tool(), action.description(), action.fixed()))
                .toList();
        Runnable afterwards = sandbox == null ? () -> {} : sandbox::close;
        OpenEnvAdapter adapter = OpenEnvAdapter.connect(openEnv, endpoint, actions, afterwards, deadline);
        return controlled(adapter, endpoint, scrubber, sandbox);
    }

    private static <T extends ToolAdapter & EpisodeControl> Connected controlled(
            T adapter, @Nullable OpenEnvEndpoint endpoint, Scrubber scrubber, @Nullable Sandbox sandbox) {
        return new Connected(
                AdapterStack.around(adapter, MAX_CALLS_IN_FLIGHT, scrubber),
                AdapterStack.around(adapter, scrubber),
                endpoint,
                sandbox);
    }

    /** Asks a verifier about the workspace of a connected upstream, as it is now. */
    Verdict verify(
            EnvironmentManifest manifest,
            Rubric.Verifier verifier,
            @Nullable Connected connected,
            Scrubber scrubber,
            Deadline deadline) {
        Sandbox sandbox = connected == null ? null : connected.sandbox();
        return sandbox == null
                ? new Verdict.None("`" + verifier.workspace() + "` has not been started in this run")
                : verification.verdict(manifest.name(), verifier, manifest.isolation(), sandbox, scrubber, deadline);
    }

    /** What an OpenEnv server says of itself. */
    ServerDocuments documents(OpenEnvEndpoint endpoint, Deadline deadline) {
        return ServerDocuments.of(openEnv, endpoint, deadline);
    }

    /** Ends what was kept ready and that nobody has wanted for long. */
    void retire() {
        servers.retire();
        children.retire();
    }

    /** Ends what was kept ready. */
    @Override
    public void close() {
        children.close();
        servers.close();
    }
}
