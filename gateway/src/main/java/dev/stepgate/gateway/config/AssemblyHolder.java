package dev.stepgate.gateway.config;

import io.quarkus.runtime.RuntimeValue;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.quarkus.runtime.shutdown.ShutdownConfig;
import io.quarkus.runtime.shutdown.ShutdownListener;
import io.quarkus.runtime.shutdown.ShutdownRecorder;
import io.smallrye.config.SmallRyeConfig;
import io.vertx.core.Vertx;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.util.List;

/** Builds the gateway once, when its first user asks, and takes it apart when the application ends. */
@Singleton
public class AssemblyHolder {
    private final Assembly assembly;

    AssemblyHolder(GatewayConfig config, Vertx vertx) {
        String url = "http://" + (config.host().equals("0.0.0.0") ? "127.0.0.1" : config.host()) + ":" + config.port();
        this.assembly = new Assembly(config, vertx, config.publicUrl().orElse(url));
    }

    public Assembly assembly() {
        return assembly;
    }

    /**
     * Has running calls answered before the server leaves its clients. Quarkus closes its HTTP server before it tells beans
     * of the shutdown; only a {@link ShutdownListener} is asked earlier, and those are given to its recorder.
     */
    void drainFirst(@Observes StartupEvent started, SmallRyeConfig settings) {
        ShutdownListener drain = new ShutdownListener() {
            @Override
            public void preShutdown(ShutdownNotification notification) {
                assembly.drain();
                notification.done();
            }
        };
        new ShutdownRecorder(new RuntimeValue<>(settings.getConfigMapping(ShutdownConfig.class)))
                .setListeners(List.of(drain), false);
    }

    void close(@Observes ShutdownEvent stopping) {
        assembly.close();
    }
}
