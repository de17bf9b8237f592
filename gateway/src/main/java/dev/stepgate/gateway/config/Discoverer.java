package dev.stepgate.gateway.config;

import dev.stepgate.adapter.http.HttpLanes;
import dev.stepgate.adapter.http.HttpLimits;
import dev.stepgate.adapter.http.StreamableHttpMcp;
import dev.stepgate.adapter.openenv.OpenEnvLimits;
import dev.stepgate.adapter.openenv.OpenEnvTransport;
import dev.stepgate.environment.EnvironmentManifest;
import dev.stepgate.environment.SandboxDrivers;
import dev.stepgate.environment.driver.LocalDrivers;
import dev.stepgate.environment.egress.EgressLimits;
import dev.stepgate.environment.egress.EgressProxy;
import dev.stepgate.environment.egress.HostResolver;
import dev.stepgate.gateway.catalog.CatalogEntry;
import dev.stepgate.gateway.catalog.ServedEnvironment.State;
import dev.stepgate.gateway.catalog.ServedEnvironments;
import dev.stepgate.gateway.credential.CredentialBroker;
import dev.stepgate.gateway.upstream.UpstreamConnector;
import dev.stepgate.gateway.upstream.Upstreams;
import dev.stepgate.policy.Mode;
import dev.stepgate.tool.Deadline;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;

/** Starts one environment once, without a server, to see what it offers. */
public final class Discoverer {
    private static final Duration WITHIN = Duration.ofSeconds(60);

    private Discoverer() {}

    /** @throws dev.stepgate.tool.Refusal with the reason why it can not be used here */
    public static State.Available discover(EnvironmentManifest manifest) {
        return ask(upstreams -> upstreams.discover(manifest, false, Deadline.in(WITHIN)));
    }

    /**
     * The tools in both modes.
     *
     * @throws dev.stepgate.tool.Refusal with the reason why one of them can not be looked at here
     */
    public static Map<Mode, List<CatalogEntry>> both(EnvironmentManifest manifest) {
        return ask(upstreams -> upstreams.discoverBoth(manifest, Deadline.in(WITHIN)));
    }

    private static <T> T ask(Function<Upstreams, T> question) {
        Path ledgers = temporary();
        Vertx vertx = Vertx.vertx();
        SandboxDrivers drivers = LocalDrivers.create();
        HttpLanes http = new HttpLanes(vertx, HttpLimits.DEFAULT, 1);
        OpenEnvTransport openEnv = new OpenEnvTransport(vertx, OpenEnvLimits.DEFAULT);
        // Not the data folder's ledger: a gateway that runs keeps that one, and lives by what it names.
        CredentialBroker credentials =
                CredentialAssembly.broker(CredentialAssembly.settings(), ledgers, new SecureRandom());
        EgressProxy egress = new EgressProxy(
                HostResolver.system(),
                CredentialAssembly.settings().egress().developmentHosts().orElse(Set.of()),
                EgressLimits.DEFAULT);
        Upstreams upstreams = new Upstreams(
                new ServedEnvironments(List.of()),
                new UpstreamConnector(
                        drivers,
                        egress,
                        (url, own, most, known, deadline) ->
                                StreamableHttpMcp.connect(http, url, HttpLimits.DEFAULT, own, most, known, deadline),
                        openEnv),
                credentials,
                false);
        try {
            return question.apply(upstreams);
        } finally {
            upstreams.close();
            egress.close();
            credentials.close();
            openEnv.close();
            http.close();
            drivers.close();
            var _ = vertx.close();
            delete(ledgers);
        }
    }

    private static void delete(Path folder) {
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
            Files.delete(folder);
        } catch (IOException left) {
            throw new UncheckedIOException(left);
        }
    }

    private static Path temporary() {
        try {
            return Files.createTempDirectory("stepgate-leases-");
        } catch (IOException none) {
            throw new UncheckedIOException(none);
        }
    }
}
