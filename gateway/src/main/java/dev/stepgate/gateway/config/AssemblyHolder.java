package dev.stepgate.gateway.config;

import io.quarkus.runtime.ShutdownEvent;
import io.vertx.core.Vertx;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;

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

    /** Before the server stops listening to its clients, so that running calls can still be answered. */
    void close(@Observes ShutdownEvent stopping) {
        assembly.close();
    }
}
