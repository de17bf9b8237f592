package dev.stepgate.gateway.http;

import dev.stepgate.gateway.config.Assembly;
import dev.stepgate.gateway.config.AssemblyHolder;
import dev.stepgate.gateway.config.GatewayConfig;
import io.quarkus.vertx.http.HttpServerOptionsCustomizer;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.ext.web.Router;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.util.List;

/** Joins the gateway to the HTTP server that Quarkus runs. Holds what lives as long as the server. */
@ApplicationScoped
public class HttpServer implements HttpServerOptionsCustomizer {
    private static final int BEFORE_EVERY_OTHER_ROUTE = -10_000;

    /** Sets what the configuration has no key for. */
    @Override
    public void customizeHttpServer(HttpServerOptions options) {
        options.setMaxWebSocketFrameSize(EnvironmentRoutes.MAX_FRAME);
        options.setMaxWebSocketMessageSize(EnvironmentRoutes.MAX_FRAME);
        // A compressor costs some hundred kilobytes for each socket, and there may be thousands.
        options.setPerMessageWebSocketCompressionSupported(false);
        options.setPerFrameWebSocketCompressionSupported(false);
        options.setHandle100ContinueAutomatically(true);
    }

    void init(@Observes Router router, Vertx vertx, GatewayConfig config, AssemblyHolder holder) {
        Assembly assembly = holder.assembly();
        EnvironmentRoutes routes = new EnvironmentRoutes(
                vertx,
                assembly.gateway(),
                new Guard(config.allowAnonymous(), config.allowedHosts().orElse(List.of())),
                config.defaultEnv());
        router.route().order(BEFORE_EVERY_OTHER_ROUTE).handler(routing -> {
            String path = routing.request().path();
            if (path != null && path.startsWith("/q/")) {
                routes.operations(routing.request(), routing::next);
            } else {
                routes.handle(routing.request());
            }
        });
    }
}
