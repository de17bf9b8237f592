package dev.stepgate.gateway.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stepgate.adapter.openenv.OpenEnvLimits;
import dev.stepgate.adapter.openenv.OpenEnvTransport;
import dev.stepgate.environment.EnvironmentCatalog;
import dev.stepgate.environment.EnvironmentManifest;
import dev.stepgate.environment.SandboxDrivers;
import dev.stepgate.environment.driver.ProcessDriver;
import dev.stepgate.gateway.catalog.InterfaceParity;
import dev.stepgate.gateway.catalog.ServedEnvironments;
import dev.stepgate.gateway.credential.CredentialBroker;
import dev.stepgate.gateway.credential.LeaseLedger;
import dev.stepgate.gateway.credential.ModeFence;
import dev.stepgate.gateway.credential.NoSecretStore;
import dev.stepgate.gateway.upstream.UpstreamConnector;
import dev.stepgate.gateway.upstream.Upstreams;
import dev.stepgate.policy.Mode;
import dev.stepgate.tool.Deadline;
import dev.stepgate.tool.Refusal;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** One upstream that both modes share, and one that has a backend of its own in production. */
@Timeout(60)
class ModesTest {
    private static final String TOOLS = """
            [ { "name": "look", "title": "Look", "description": "Looks.", "inputSchema":
                { "type": "object", "properties": { "at": { "type": "string" } } } },
              { "name": "send", "description": "Sends.", "inputSchema": { "type": "object" } } ]
            """;

    private final Vertx vertx = Vertx.vertx();

    @TempDir
    Path folder = Path.of("");

    private final List<CredentialBroker> brokers = new ArrayList<>();

    @AfterEach
    void close() {
        brokers.forEach(CredentialBroker::close);
        vertx.close().toCompletionStage().toCompletableFuture().join();
    }

    private static ArrayNode tools(Consumer<ArrayNode> change) throws IOException {
        ArrayNode tools = (ArrayNode) new ObjectMapper().readTree(TOOLS);
        change.accept(tools);
        return tools;
    }

    private Upstreams upstreams(FakeMcpServer training, FakeMcpServer production) throws IOException {
        Map<String, FakeMcpServer> servers =
                Map.of("shared", new FakeMcpServer("say", false), "training", training, "production", production);
        return new Upstreams(
                new ServedEnvironments(List.of()),
                new UpstreamConnector(
                        new SandboxDrivers(List.of(), new ProcessDriver()),
                        EnvironmentSearchTest.EGRESS,
                        (url, _, _, _, deadline) -> Objects.requireNonNull(servers.get(url.getHost()))
                                .connect(deadline),
                        new OpenEnvTransport(vertx, OpenEnvLimits.DEFAULT)),
                broker(),
                false);
    }

    private CredentialBroker broker() throws IOException {
        CredentialBroker broker = new CredentialBroker(
                new NoSecretStore(),
                new ModeFence(List.of(), List.of(), false),
                new LeaseLedger(
                        Files.createTempDirectory(folder, "leases").resolve("ledger.jsonl"), InstantSource.system()),
                new CredentialBroker.Terms(false, Duration.ZERO, Duration.ZERO, 1),
                System::nanoTime,
                new Random(1));
        brokers.add(broker);
        return broker;
    }

    private EnvironmentManifest manifest(String more) throws IOException {
        Path home = Files.createDirectories(folder.resolve("environments/e"));
        Files.writeString(home.resolve("openenv.yaml"), """
                name: e
                stepgate:
                  upstreams:
                    mail: { http: { url: "http://training/mcp" }, visible: { aliases: { look: mail_look } } }
                    talk: { http: { url: "http://shared/mcp" } }
                  modes:
                    production: { backends: { mail: { http: { url: "http://production/mcp" } } } }
                """ + more);
        EnvironmentCatalog catalog = EnvironmentCatalog.load(List.of(folder.resolve("environments")));
        assertThat(catalog.problems()).isEmpty();
        return catalog.manifests().getFirst();
    }

    private String refusal(Consumer<ArrayNode> change, boolean inProduction) throws IOException {
        Upstreams upstreams =
                upstreams(new FakeMcpServer(tools(_ -> {}), false), new FakeMcpServer(tools(change), false));
        EnvironmentManifest manifest = manifest("").in(inProduction);
        try {
            upstreams.discover(manifest, Deadline.in(Duration.ofSeconds(30)));
            return "";
        } catch (Refusal refusal) {
            return refusal.reason();
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void refusesAnInterfaceThatIsAnotherInOneMode(boolean inProduction) throws IOException {
        assertThat(refusal(_ -> {}, inProduction)).isEmpty();
        assertThat(refusal(tools -> ((ObjectNode) tools.get(0)).put("description", "Looks!"), inProduction))
                .isEqualTo("its interface is not the same in both modes: `description` of tool `mail_look` is not the"
                        + " same in training and in production");
        assertThat(refusal(tools -> tools.add(tools.remove(0)), inProduction))
                .endsWith("tool 1 is `mail_look` in training and `send` in production");
        assertThat(refusal(
                        tools -> tools.get(0)
                                .withObject("/inputSchema")
                                .putArray("required")
                                .add("at"),
                        inProduction))
                .endsWith("`inputSchema` of tool `mail_look` is not the same in training and in production");
        assertThat(refusal(tools -> ((ObjectNode) tools.get(0)).remove("title"), inProduction))
                .endsWith("`title` of tool `mail_look` is not the same in training and in production");
        assertThat(refusal(tools -> tools.remove(1), inProduction))
                .endsWith("tool 2 is `send` in training and `say` in production");
        assertThat(refusal(tools -> ((ObjectNode) tools.get(1)).put("name", "post"), inProduction))
                .endsWith("tool 2 is `send` in training and `post` in production");
    }

    @Test
    void refusesWhereTheOtherModeCannotBeLookedAtUntilTheManifestNamesTheDigest() throws IOException {
        Upstreams upstreams =
                upstreams(new FakeMcpServer(tools(_ -> {}), false), new FakeMcpServer(tools(_ -> {}), true));
        Deadline deadline = Deadline.in(Duration.ofSeconds(30));
        assertThatThrownBy(() -> upstreams.discover(manifest(""), deadline))
                .hasMessageContaining("its backends of production cannot be looked at from here")
                .hasMessageContaining("`interface`");

        Upstreams whole = upstreams(new FakeMcpServer(tools(_ -> {}), false), new FakeMcpServer(tools(_ -> {}), false));
        String digest = InterfaceParity.digest(Objects.requireNonNull(
                whole.discoverBoth(manifest(""), deadline).get(Mode.PRODUCTION)));
        EnvironmentManifest named = manifest("  interface: " + digest + "\n");
        assertThat(upstreams.discover(named, deadline).catalog().digest()).isEqualTo(digest);

        EnvironmentManifest other = manifest("  interface: sha256:" + "0".repeat(64) + "\n");
        assertThatThrownBy(() -> upstreams.discover(other, deadline))
                .hasMessageContaining("its interface is " + digest);
    }
}
