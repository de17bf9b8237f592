package dev.stepgate.gateway.config;

import io.vertx.core.Vertx;
import jakarta.annotation.PreDestroy;
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

    @PreDestroy
    void close() {
        assembly.close();
    }
}
