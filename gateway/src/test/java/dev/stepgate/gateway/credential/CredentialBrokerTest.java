package dev.stepgate.gateway.credential;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stepgate.environment.CredentialReference;
import dev.stepgate.environment.CredentialReference.Binding;
import dev.stepgate.environment.CredentialReference.Engine;
import dev.stepgate.environment.CredentialReference.Injection;
import dev.stepgate.environment.CredentialReference.Source;
import dev.stepgate.environment.EnvironmentCatalog;
import dev.stepgate.environment.EnvironmentManifest;
import dev.stepgate.gateway.credential.vault.FakeVault;
import dev.stepgate.gateway.credential.vault.FakeVault.Fault;
import dev.stepgate.gateway.credential.vault.VaultSecretStore;
import dev.stepgate.gateway.credential.vault.VaultSettings;
import dev.stepgate.gateway.credential.vault.VaultSettings.Login;
import dev.stepgate.tool.Credential;
import dev.stepgate.tool.Refusal;
import dev.stepgate.tool.Secret;
import dev.stepgate.yaml.Place;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The broker on a Vault that fails when it is told to. Time is simulated. */
class CredentialBrokerTest {
    private static final String FIRST = "first-value-7Q2x";
    private static final String SECOND = "second-value-9K4z";
    private static final CredentialReference BOT = new CredentialReference(
            new Place("m", 1, 1),
            "bot",
            new Source(Engine.KV2, "train", "bot", null),
            new Injection.Header("Authorization", "token", "Bearer {}"),
            new Binding("web", Set.of("localhost:80"), List.of(), Set.of()),
            null);
    private static final CredentialReference DATABASE = new CredentialReference(
            new Place("m", 2, 1),
            "pg",
            new Source(Engine.DYNAMIC, "train/db", "creds/reader", null),
            new Injection.Variables(Map.of("PGUSER", "username", "PGPASSWORD", "password")),
            new Binding("pg", Set.of(), List.of(), Set.of()),
            null);

    @TempDir
    Path folder;

    private final FakeVault vault = new FakeVault();
    private final AtomicLong now = new AtomicLong();
    private final InstantSource wall = () -> Instant.EPOCH.plusNanos(now.get());
    private CredentialBroker broker;
    private EnvironmentManifest manifest;

    @BeforeEach
    void start() throws IOException {
        vault.put("train/bot", FakeVault.fields("token", FIRST));
        Files.createDirectories(folder.resolve("envs/e"));
        Files.writeString(
                folder.resolve("envs/e/openenv.yaml"), "name: e\nstepgate:\n  upstreams: { web: { builtin: echo } }\n");
        EnvironmentManifest bare = EnvironmentCatalog.load(List.of(folder.resolve("envs")))
                .manifests()
                .getFirst();
        List<CredentialReference> both = List.of(BOT, DATABASE);
        manifest = new EnvironmentManifest(
                bare.place(),
                bare.name(),
                bare.description(),
                bare.version(),
                bare.upstreams(),
                bare.isolation(),
                bare.episode(),
                null,
                new EnvironmentManifest.Credentials(both, both));
        broker = broker(false, 1_000);
    }

    private CredentialBroker broker(boolean production, int leases) throws IOException {
        VaultSettings settings =
                new VaultSettings(vault.url(), null, new Login.Token(Secret.of(FakeVault.ROOT)), List.of());
        return new CredentialBroker(
                new VaultSecretStore(settings),
                production
                        ? new ModeFence(List.of("other"), List.of("train"), true)
                        : new ModeFence(List.of("train"), List.of("real"), false),
                new LeaseLedger(folder.resolve("ledger/ledger.jsonl"), wall),
                new CredentialBroker.Terms(production, Duration.ofMinutes(15), Duration.ofHours(1), leases),
                now::get,
                new Random(3));
    }

    @AfterEach
    void stop() {
        broker.close();
        vault.close();
    }

    private void pass(Duration time) {
        now.addAndGet(time.toNanos());
        broker.sweep();
    }

    private static String sent(RunCredentials run) {
        return run.ofCall("web", "any", null) instanceof Credential.Header header
                ? header.value().reveal()
                : "none";
    }

    private static void assertThatUnavailable(RunCredentials run) {
        assertThatThrownBy(() -> sent(run))
                .isInstanceOfSatisfying(
                        Refusal.class, refusal -> assertThat(refusal.code()).isEqualTo("credential.unavailable"));
    }

    /** What happens aside, on a thread that nobody waits for. */
    private static void await(BooleanSupplier condition) {
        for (int i = 0; i < 2_000 && !condition.getAsBoolean(); i++) {
            LockSupport.parkNanos(Duration.ofMillis(5).toNanos());
        }
        assertThat(condition.getAsBoolean()).isTrue();
    }

    @Test
    void readsOnceForAnyNumberOfCallsAndRuns() {
        for (int run = 0; run < 3; run++) {
            try (RunCredentials credentials = broker.open(manifest)) {
                for (int i = 0; i < 100; i++) {
                    assertThat(sent(credentials)).isEqualTo("Bearer " + FIRST);
                }
            }
        }
        assertThat(vault.reads()).isEqualTo(1);
    }

    @Test
    void attachesNothingElsewhere() {
        try (RunCredentials run = broker.open(manifest)) {
            assertThat(run.ofCall("pg", "any", null)).isInstanceOf(Credential.None.class);
            assertThat(run.variables("web")).isEmpty();
            assertThatThrownBy(() -> run.ofCall("pg", "any", "bot")).isInstanceOf(Refusal.class);
        }
    }

    @Test
    void seesARotationAndTakesBothValuesOutOfWhatComesBack() {
        try (RunCredentials run = broker.open(manifest)) {
            sent(run);
            vault.put("train/bot", FakeVault.fields("token", SECOND));
            pass(Duration.ofSeconds(73));

            assertThat(sent(run)).isEqualTo("Bearer " + SECOND);
            assertThat(run.scrubber().text(FIRST + " " + SECOND)).doesNotContain(FIRST, SECOND);

            pass(EnvironmentCredentials.ECHO);
            assertThat(run.scrubber().text(FIRST)).isEqualTo(FIRST);
        }
    }

    @Test
    void readsAgainAtOnceWhenTheUpstreamWouldNotHaveTheValue() {
        try (RunCredentials run = broker.open(manifest)) {
            Credential refused = run.ofCall("web", "any", null);
            assertThat(run.again("web", "any", null, refused)).isEmpty();

            vault.put("train/bot", FakeVault.fields("token", SECOND));
            assertThat(run.again("web", "any", null, refused))
                    .contains(new Credential.Header("Authorization", Secret.of("Bearer " + SECOND)));
        }
    }

    @Test
    void usesAValueWhileTheVaultIsSilentButNotForEver() {
        try (RunCredentials run = broker.open(manifest)) {
            sent(run);
            vault.failBy(Fault.SEALED);
            pass(Duration.ofMinutes(14));
            assertThat(sent(run)).isEqualTo("Bearer " + FIRST);

            pass(Duration.ofMinutes(2));
            assertThatUnavailable(run);
        }
    }

    @Test
    void dropsAValueThatIsNoLongerAllowed() {
        try (RunCredentials run = broker.open(manifest)) {
            sent(run);
            vault.failBy(Fault.FORBIDDEN);
            pass(Duration.ofSeconds(73));

            assertThatUnavailable(run);
        }
    }

    @Test
    void refusesAValueThatIsTooPlainToBeLookedFor() {
        vault.put("train/bot", FakeVault.fields("token", "password"));
        try (RunCredentials run = broker.open(manifest)) {
            assertThatUnavailable(run);
        }
    }

    @Test
    void sharesOneLeaseInTrainingAndRenewsIt() {
        try (RunCredentials one = broker.open(manifest);
                RunCredentials other = broker.open(manifest)) {
            assertThat(one.variables("pg")).isEqualTo(other.variables("pg")).containsKey("PGPASSWORD");
            assertThat(vault.leases()).hasSize(1);

            for (int i = 0; i < 10; i++) {
                pass(Duration.ofSeconds(700));
                one.variables("pg");
            }
            assertThat(vault.leases()).hasSize(1);
        }
    }

    @Test
    void neverUsesALeasePastItsEnd() {
        vault.lease(900, false);
        try (RunCredentials run = broker.open(manifest)) {
            run.variables("pg");
            vault.failBy(Fault.SEALED);
            pass(Duration.ofSeconds(860));
            assertThat(run.variables("pg")).isNotEmpty();

            pass(Duration.ofSeconds(15));
            assertThatThrownBy(() -> run.variables("pg")).isInstanceOf(Refusal.class);
        }
    }

    @Test
    void givesEachEpisodeItsOwnInProductionAndTakesItBackAtItsEnd() throws IOException {
        broker.close();
        broker = broker(true, 1_000);
        RunCredentials one = broker.open(manifest);
        RunCredentials other = broker.open(manifest);
        assertThat(one.variables("pg")).isNotEqualTo(other.variables("pg"));
        assertThat(vault.episodeTokens()).isEqualTo(2);

        one.close();

        await(() -> vault.leases().size() == 1 && vault.episodeTokens() == 1);
        assertThatThrownBy(() -> one.variables("pg")).isInstanceOf(Refusal.class);
        other.close();
        await(() -> vault.leases().isEmpty() && broker.leasesLive() == 0);
    }

    @Test
    void goesOnTakingBackWhatTheVaultWouldNotTake() throws IOException {
        broker.close();
        broker = broker(true, 1_000);
        RunCredentials run = broker.open(manifest);
        run.variables("pg");
        vault.failBy(Fault.NO_REVOCATION);
        run.close();
        assertThat(broker.revocationsPending()).isEqualTo(1);
        vault.failBy(Fault.NONE);

        await(() -> {
            pass(Duration.ofMinutes(1));
            return vault.leases().isEmpty() && broker.revocationsPending() == 0;
        });
    }

    /** What a gateway that was killed left behind is what its ledger says. */
    @Test
    void takesBackAtItsStartWhatAKilledGatewayLeft() throws IOException {
        broker.close();
        broker = broker(true, 1_000);
        broker.open(manifest).variables("pg");
        Path ledger = folder.resolve("ledger/ledger.jsonl");
        String left = Files.readString(ledger);
        assertThat(left).contains("acc-").doesNotContain("hvs.");
        vault.failBy(Fault.NO_REVOCATION);
        broker.close();
        vault.failBy(Fault.NONE);
        Files.writeString(ledger, left + "{\"event\": \"iss");
        assertThat(vault.leases()).hasSize(1);

        broker = broker(true, 1_000);

        await(() -> {
            pass(Duration.ofSeconds(11));
            return vault.leases().isEmpty();
        });
    }

    /** It lives longer than what it was first noted with. */
    @Test
    void takesBackAtItsStartWhatAKilledGatewayHadRenewed() throws IOException {
        RunCredentials run = broker.open(manifest);
        run.variables("pg");
        for (int i = 0; i < 10; i++) {
            pass(Duration.ofSeconds(700));
        }
        Path ledger = folder.resolve("ledger/ledger.jsonl");
        String left = Files.readString(ledger);
        assertThat(CredentialReport.references(manifest, LeaseLedger.read(ledger, wall)))
                .anyMatch(line -> line.startsWith("credential bot  kv2 train/bot  header Authorization  to web"))
                .anyMatch(line -> line.startsWith("credential pg  dynamic train/db/creds/reader  variables")
                        && line.contains("1 leases, the last until"))
                .noneMatch(line -> line.contains(FIRST));
        vault.failBy(Fault.NO_REVOCATION);
        broker.close();
        vault.failBy(Fault.NONE);
        Files.writeString(ledger, left);
        assertThat(vault.leases()).hasSize(1);

        broker = broker(false, 1_000);

        await(() -> {
            pass(Duration.ofSeconds(11));
            return vault.leases().isEmpty();
        });
    }

    @Test
    void opensASessionWithACredentialOfSingleToolsOnlyWhereItSaysSo() {
        for (boolean session : new boolean[] {false, true}) {
            CredentialReference ofTool = new CredentialReference(
                    BOT.place(),
                    "bot" + session,
                    BOT.source(),
                    BOT.inject(),
                    new Binding("web" + session, Set.of("localhost:80"), List.of(), Set.of("pay"), session),
                    null);
            EnvironmentManifest other = with("s" + session, ofTool);
            try (RunCredentials run = broker.open(other)) {
                assertThat(run.ofSession("web" + session) instanceof Credential.Header)
                        .isEqualTo(session);
                assertThat(run.ofCall("web" + session, "pay", null)).isInstanceOf(Credential.Header.class);
                assertThat(run.ofCall("web" + session, "other", null)).isInstanceOf(Credential.None.class);
            }
        }
    }

    @Test
    void readsAgainAtOnceWhenASessionIsRefused() {
        try (RunCredentials run = broker.open(manifest)) {
            Credential refused = run.ofSession("web");
            assertThat(run.hasAnotherForSession("web", refused)).isFalse();

            vault.put("train/bot", FakeVault.fields("token", SECOND));
            assertThat(run.hasAnotherForSession("web", refused)).isTrue();
            assertThat(run.hasAnotherForSession("pg", new Credential.None())).isFalse();
        }
    }

    private EnvironmentManifest with(String name, CredentialReference reference) {
        return new EnvironmentManifest(
                manifest.place(),
                name,
                "",
                "1",
                manifest.upstreams(),
                manifest.isolation(),
                manifest.episode(),
                null,
                new EnvironmentManifest.Credentials(List.of(reference), List.of()));
    }

    @Test
    void refusesMoreLeasesThanMayLive() throws IOException {
        broker.close();
        broker = broker(true, 2);
        List<RunCredentials> runs = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            runs.add(broker.open(manifest));
            runs.getLast().variables("pg");
        }
        RunCredentials third = broker.open(manifest);
        assertThatThrownBy(() -> third.variables("pg")).isInstanceOf(Refusal.class);

        runs.getFirst().close();
        assertThat(third.variables("pg")).isNotEmpty();
    }

    @Test
    void readsNothingThatTheOtherModeMayRead() throws IOException {
        broker.close();
        VaultSettings settings =
                new VaultSettings(vault.url(), null, new Login.Token(Secret.of(FakeVault.ROOT)), List.of());
        broker = new CredentialBroker(
                new VaultSecretStore(settings),
                new ModeFence(List.of("play"), List.of("train"), false),
                new LeaseLedger(folder.resolve("ledger/ledger.jsonl"), InstantSource.system()),
                new CredentialBroker.Terms(false, Duration.ZERO, Duration.ofHours(1), 10),
                now::get,
                new Random(3));
        try (RunCredentials run = broker.open(manifest)) {
            assertThatUnavailable(run);
        }
        assertThat(vault.reads()).isZero();
        assertThatThrownBy(() -> new ModeFence(List.of("team"), List.of("team/real"), false))
                .isInstanceOf(IllegalArgumentException.class);
    }

    /** A hundred thousand attachments by eight threads to environments with values of their own: none is another's. */
    @Test
    void neverMixesTheCredentialsOfEnvironments() throws Exception {
        int environments = 8;
        List<Future<Integer>> wrong = new ArrayList<>();
        // Not virtual: they never wait, and would keep the carriers from the Vault, which has two seconds.
        try (ExecutorService executor = Executors.newFixedThreadPool(environments)) {
            for (int i = 0; i < environments; i++) {
                String value = "value-of-" + i + "-8Jq2Zx";
                vault.put("train/own" + i, FakeVault.fields("token", value));
                CredentialReference own = new CredentialReference(
                        BOT.place(),
                        "bot",
                        new Source(Engine.KV2, "train", "own" + i, null),
                        BOT.inject(),
                        BOT.bind(),
                        null);
                EnvironmentManifest other = with("e" + i, own);
                wrong.add(executor.submit(() -> {
                    int mixed = 0;
                    for (int call = 0; call < 100_000 / environments; call++) {
                        try (RunCredentials run = broker.open(other)) {
                            mixed += sent(run).equals("Bearer " + value) ? 0 : 1;
                        }
                    }
                    return mixed;
                }));
            }
        }
        for (Future<Integer> one : wrong) {
            assertThat(one.get()).isZero();
        }
    }
}
