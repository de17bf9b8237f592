package dev.stepgate.gateway.authorization;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stepgate.environment.EnvironmentCatalog;
import dev.stepgate.gateway.catalog.CatalogEntry;
import dev.stepgate.gateway.catalog.ServedEnvironment;
import dev.stepgate.gateway.catalog.ServedEnvironment.State;
import dev.stepgate.gateway.catalog.ServedEnvironments;
import dev.stepgate.gateway.catalog.ToolCatalog;
import dev.stepgate.gateway.episode.Episode;
import dev.stepgate.gateway.episode.EpisodeSettings;
import dev.stepgate.gateway.episode.Episodes;
import dev.stepgate.gateway.episode.Origin;
import dev.stepgate.gateway.episode.RunBackend;
import dev.stepgate.gateway.identity.IncomingCall;
import dev.stepgate.gateway.journal.Face;
import dev.stepgate.gateway.journal.Grounds;
import dev.stepgate.gateway.journal.JsonLinesJournal;
import dev.stepgate.gateway.journal.Payloads;
import dev.stepgate.gateway.journal.Records;
import dev.stepgate.policy.Mode;
import dev.stepgate.tool.Deadline;
import dev.stepgate.tool.ToolCall;
import dev.stepgate.tool.ToolDescriptor;
import dev.stepgate.yaml.Problem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;

/** One environment, {@code e}, with the tool {@code u.say}, governed by a policy file that tests write. Nothing of it is started. */
final class GovernedEnvironment {
    private static final String MANIFEST = """
            spec_version: 1
            name: e
            type: space
            runtime: fastapi
            app: server.app:app
            port: 8000
            description: Says
            stepgate: { upstreams: { u: { builtin: echo } } }
            """;

    private static final String TOOL = """
            { "name": "say", "description": "Says", "inputSchema":
              { "type": "object", "properties": { "text": { "type": "string" } } } }""";

    private final Path file;
    private final ServedEnvironment environment;
    private final PolicyReload reload;
    private final PolicyGate gate;
    private final Episode episode;
    private final List<Problem> problems;
    private final AtomicReference<Grounds> grounds = new AtomicReference<>(new Grounds("", "", List.of(), null));

    GovernedEnvironment(Path folder, String policy) throws IOException {
        Path manifests = Files.createDirectories(folder.resolve("environments/e"));
        Files.writeString(manifests.resolve("openenv.yaml"), MANIFEST);
        file = Files.createDirectories(folder.resolve("policies")).resolve("e.yaml");
        Files.writeString(file, policy);
        environment = new ServedEnvironment(
                EnvironmentCatalog.load(List.of(folder.resolve("environments")))
                        .manifests()
                        .getFirst(),
                null);
        ServedEnvironments environments = new ServedEnvironments(List.of(environment));
        PolicyStore store = new PolicyStore(Mode.TRAINING);
        reload = new PolicyReload(List.of(file.getParent()), store, environments);
        ToolDescriptor tool = ToolDescriptor.of((ObjectNode) new ObjectMapper().readTree(TOOL));
        problems = reload.admit(
                environment, new State.Available("none", ToolCatalog.of(List.of(CatalogEntry.of("say", "u", tool)))));
        gate = new PolicyGate(
                environments, store, new Approvals(Clock.systemUTC(), new SecureRandom()), Clock.systemUTC());
        RunBackend nothing = (_, _, _, _) -> {
            throw new IllegalStateException("no test starts it");
        };
        Episodes episodes = new Episodes(
                nothing,
                new JsonLinesJournal(folder.resolve("journal"), Payloads.FULL, Records.CHAINED, Clock.systemUTC()),
                Clock.systemUTC(),
                new SecureRandom());
        Duration long_ = Duration.ofHours(1);
        episodes.admit("e", new EpisodeSettings(8, 0, long_, Integer.MAX_VALUE, long_, long_, false, null));
        episode = episodes.open("e", Callers.local().key(), Origin.SOCKET);
    }

    /** Authorizes a call of the tool with a text. */
    AuthorizedCall authorize(String text) {
        ObjectNode arguments = JsonNodeFactory.instance.objectNode().put("text", text);
        IncomingCall call = new IncomingCall(
                Callers.local(),
                episode,
                new ToolCall("say", arguments, null),
                Face.MCP,
                Deadline.in(Duration.ofMinutes(1)));
        return gate.authorize(Callers.authenticator().authenticate(call), episode.currentRun(), grounds::set);
    }

    /** On what grounds the last call was decided. */
    Grounds grounds() {
        return grounds.get();
    }

    void write(String policy) throws IOException {
        Files.writeString(file, policy);
    }

    Path file() {
        return file;
    }

    PolicyReload reload() {
        return reload;
    }

    ServedEnvironment environment() {
        return environment;
    }

    /** What was wrong with the first policy. */
    List<Problem> problems() {
        return problems;
    }
}
