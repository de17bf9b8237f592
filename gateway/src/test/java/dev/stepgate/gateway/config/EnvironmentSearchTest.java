package dev.stepgate.gateway.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stepgate.adapter.openenv.OpenEnvLimits;
import dev.stepgate.adapter.openenv.OpenEnvTransport;
import dev.stepgate.environment.EnvironmentCatalog;
import dev.stepgate.environment.SandboxDrivers;
import dev.stepgate.environment.driver.ProcessDriver;
import dev.stepgate.environment.egress.EgressLimits;
import dev.stepgate.environment.egress.EgressProxy;
import dev.stepgate.environment.egress.HostResolver;
import dev.stepgate.gateway.authorization.PolicyReload;
import dev.stepgate.gateway.authorization.PolicyStore;
import dev.stepgate.gateway.catalog.CatalogEntry;
import dev.stepgate.gateway.catalog.ServedEnvironment;
import dev.stepgate.gateway.catalog.ServedEnvironments;
import dev.stepgate.gateway.credential.CredentialBroker;
import dev.stepgate.gateway.credential.LeaseLedger;
import dev.stepgate.gateway.credential.ModeFence;
import dev.stepgate.gateway.credential.NoSecretStore;
import dev.stepgate.gateway.upstream.UpstreamConnector;
import dev.stepgate.gateway.upstream.Upstreams;
import dev.stepgate.policy.Mode;
import dev.stepgate.yaml.Problem;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Two upstreams, one of which is down at first. */
@Timeout(60)
class EnvironmentSearchTest {
    static final EgressProxy EGRESS = new EgressProxy(HostResolver.system(), Set.of(), EgressLimits.DEFAULT);

    private static final String MANIFEST = """
            spec_version: 1
            name: e
            type: space
            runtime: fastapi
            app: server.app:app
            port: 8000
            stepgate:
              upstreams:
                live: { http: { url: "http://live/mcp" } }
                dead: { http: { url: "http://dead/mcp" } }
            """;

    private static final String POLICY = """
            policy: { name: e, version: 1 }
            env: e
            tools:
              live.say: { allow: [ { id: quietly, when: 'episode.calls["dead.shout"] == 0' } ] }
              dead.shout: { allow: [ { id: any } ] }
            """;

    private final Vertx vertx = Vertx.vertx();
    private final AtomicReference<Instant> now = new AtomicReference<>(Instant.EPOCH);
    private final List<Problem> problems = new CopyOnWriteArrayList<>();
    private final FakeMcpServer live = new FakeMcpServer("say", false);
    private final FakeMcpServer dead = new FakeMcpServer("shout", true);

    @TempDir
    Path folder = Path.of("");

    private ServedEnvironments environments = new ServedEnvironments(List.of());

    @BeforeEach
    void writeManifest() throws IOException {
        Path manifests = Files.createDirectories(folder.resolve("environments/e"));
        Files.writeString(manifests.resolve("openenv.yaml"), MANIFEST);
        EnvironmentCatalog catalog = EnvironmentCatalog.load(List.of(folder.resolve("environments")));
        environments = new ServedEnvironments(
                List.of(new ServedEnvironment(catalog.manifests().getFirst(), null)));
    }

    @AfterEach
    void closeVertx() {
        vertx.close().toCompletionStage().toCompletableFuture().join();
    }

    private CredentialBroker credentials() throws IOException {
        return new CredentialBroker(
                new NoSecretStore(),
                new ModeFence(List.of(), List.of(), false),
                new LeaseLedger(folder.resolve("ledger.jsonl"), InstantSource.system()),
                new CredentialBroker.Terms(false, Duration.ZERO, Duration.ZERO, 1),
                System::nanoTime,
                new Random(1));
    }

    private EnvironmentSearch search(String policy) throws IOException {
        Path policies = Files.createDirectories(folder.resolve("policies"));
        Files.writeString(policies.resolve("e.yaml"), policy);
        Map<String, FakeMcpServer> servers = Map.of("live", live, "dead", dead);
        Upstreams upstreams = new Upstreams(
                environments,
                new UpstreamConnector(
                        new SandboxDrivers(List.of(), new ProcessDriver()),
                        EGRESS,
                        (url, _, _, _, deadline) -> Objects.requireNonNull(servers.get(url.getHost()))
                                .connect(deadline),
                        new OpenEnvTransport(vertx, OpenEnvLimits.DEFAULT)),
                credentials(),
                false);
        PolicyReload reload = new PolicyReload(List.of(policies), new PolicyStore(Mode.TRAINING), environments);
        return new EnvironmentSearch(environments, upstreams, reload, now::get, problems::addAll);
    }

    private List<String> tools() {
        return environments.find("e").orElseThrow().catalog().entries().stream()
                .map(CatalogEntry::visibleName)
                .toList();
    }

    private static void await(BooleanSupplier holds) {
        while (!holds.getAsBoolean()) { // the test's own time limit ends it
            Thread.onSpinWait();
        }
    }

    @Test
    void anUpstreamThatIsDownCostsItsOwnToolsAndNoPolicy() throws IOException {
        search(POLICY).start();

        assertThat(problems).isEmpty();
        assertThat(tools()).containsExactly("say");
    }

    @Test
    void theToolsOfAnUpstreamThatIsBackReturn() throws IOException {
        EnvironmentSearch search = search(POLICY);
        search.start();
        dead.isDown(false);

        search.goOn(); // too early: nothing is asked
        assertThat(dead.connections()).isEqualTo(1);
        now.set(now.get().plus(Duration.ofSeconds(5)));
        search.goOn();

        await(() -> tools().size() == 2);
        assertThat(tools()).containsExactly("say", "shout");
        assertThat(problems).isEmpty();
        assertThat(live.connections()).as("what is known is not asked again").isEqualTo(1);
    }

    @Test
    void anUpstreamThatStaysDownIsAskedLessAndLess() throws IOException {
        EnvironmentSearch search = search(POLICY);
        search.start();

        int asked = 1;
        for (int pause : List.of(5, 10, 20, 40, 60, 60)) {
            now.set(now.get().plus(Duration.ofSeconds(pause)).minusMillis(1));
            search.goOn();
            assertThat(dead.connections()).isEqualTo(asked);
            now.set(now.get().plusMillis(1));
            int next = ++asked;
            // The look before may still be writing down when the next is due.
            await(() -> {
                search.goOn();
                return dead.connections() == next;
            });
        }
        assertThat(tools()).containsExactly("say");
    }

    @Test
    void aReturnThatItsPolicyDoesNotFitLeavesTheEnvironmentAsItWas() throws IOException {
        EnvironmentSearch search = search(POLICY.replace("shout", "whisper"));
        search.start();
        dead.isDown(false);
        now.set(now.get().plus(Duration.ofSeconds(5)));

        search.goOn();

        await(() -> !problems.isEmpty());
        assertThat(problems.getFirst().message()).contains("dead.whisper");
        assertThat(tools()).containsExactly("say");
    }
}
