package dev.stepgate.gateway.config;

import dev.stepgate.adapter.http.HttpLanes;
import dev.stepgate.adapter.http.HttpLimits;
import dev.stepgate.adapter.http.StreamableHttpMcp;
import dev.stepgate.adapter.openenv.OpenEnvLimits;
import dev.stepgate.adapter.openenv.OpenEnvTransport;
import dev.stepgate.environment.EnvironmentManifest;
import dev.stepgate.environment.SandboxDrivers;
import dev.stepgate.environment.driver.BubblewrapDriver;
import dev.stepgate.environment.driver.ProcessDriver;
import dev.stepgate.gateway.catalog.ServedEnvironment.State;
import dev.stepgate.gateway.catalog.ServedEnvironments;
import dev.stepgate.gateway.upstream.UpstreamConnector;
import dev.stepgate.gateway.upstream.Upstreams;
import dev.stepgate.tool.Deadline;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.List;

/** Starts one environment once, without a server, to see what it offers. */
public final class Discoverer {
    private static final Duration WITHIN = Duration.ofSeconds(60);

    private Discoverer() {}

    /** @throws dev.stepgate.tool.Refusal with the reason why it can not be used here */
    public static State.Available discover(EnvironmentManifest manifest) {
        Vertx vertx = Vertx.vertx();
        SandboxDrivers drivers = new SandboxDrivers(List.of(new BubblewrapDriver()), new ProcessDriver());
        HttpLanes http = new HttpLanes(vertx, HttpLimits.DEFAULT, 1);
        OpenEnvTransport openEnv = new OpenEnvTransport(vertx, OpenEnvLimits.DEFAULT);
        Upstreams upstreams = new Upstreams(
                new ServedEnvironments(List.of()),
                new UpstreamConnector(
                        drivers,
                        (url, own, most, known, deadline) ->
                                StreamableHttpMcp.connect(http, url, HttpLimits.DEFAULT, own, most, known, deadline),
                        openEnv));
        try {
            return upstreams.discover(manifest, false, Deadline.in(WITHIN));
        } finally {
            upstreams.close();
            openEnv.close();
            http.close();
            drivers.close();
            var _ = vertx.close();
        }
    }
}
