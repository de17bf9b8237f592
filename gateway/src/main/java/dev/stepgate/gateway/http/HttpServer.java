package dev.stepgate.gateway.http;

import dev.stepgate.gateway.config.Assembly;
import dev.stepgate.gateway.config.AssemblyHolder;
import dev.stepgate.gateway.config.GatewayConfig;
import io.quarkus.vertx.http.HttpServerOptionsCustomizer;
import io.vertx.core.Vertx;
import io.vertx.core.http.ClientAuth;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.ext.web.Router;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/** Joins the gateway to the HTTP server that Quarkus runs. Holds what lives as long as the server. */
@ApplicationScoped
public class HttpServer implements HttpServerOptionsCustomizer {
    private static final int BEFORE_EVERY_OTHER_ROUTE = -10_000;

    /** A connection that says nothing for longer than any answer takes; sockets are pinged more often. */
    private static final Duration SILENCE = Duration.ofSeconds(90);

    private final GatewayConfig config;

    @Inject
    HttpServer(GatewayConfig config) {
        this.config = config;
    }

    /** The same over TLS, where callers may have to show a certificate. */
    @Override
    public void customizeHttpsServer(HttpServerOptions options) {
        customizeHttpServer(options);
        options.setClientAuth(
                switch (config.clientCertificates()) {
                    case NONE -> ClientAuth.NONE;
                    case REQUEST -> ClientAuth.REQUEST;
                    case REQUIRED -> ClientAuth.REQUIRED;
                });
    }

    /** Sets what the configuration has no key for. */
    @Override
    public void customizeHttpServer(HttpServerOptions options) {
        HeaderDeadline.enable();
        options.setReadIdleTimeout((int) options.getIdleTimeoutUnit().convert(SILENCE.toSeconds(), TimeUnit.SECONDS));
        options.setMaxWebSocketFrameSize(EnvironmentRoutes.MAX_FRAME);
        options.setMaxWebSocketMessageSize(EnvironmentRoutes.MAX_FRAME);
        // A compressor costs some hundred kilobytes for each socket, and there may be thousands.
        options.setPerMessageWebSocketCompressionSupported(false);
        options.setPerFrameWebSocketCompressionSupported(false);
        options.setHandle100ContinueAutomatically(true);
    }

    void init(@Observes Router router, Vertx vertx, AssemblyHolder holder) {
        Assembly assembly = holder.assembly();
        EnvironmentRoutes routes = new EnvironmentRoutes(
                vertx,
                assembly.gateway(),
                new Guard(
                        config.allowAnonymous(),
                        allowedHosts(config, assembly.gateway().publicUrl())),
                config.defaultEnv());
        router.route().order(BEFORE_EVERY_OTHER_ROUTE).handler(routing -> {
            HttpConnection connection = routing.request().connection();
            HeaderDeadline.arrived(connection);
            routing.addEndHandler(_ -> HeaderDeadline.answered(connection));
            String path = routing.request().path();
            if (path != null && path.startsWith("/q/")) {
                routes.operations(routing.request(), routing::next);
            } else {
                routes.handle(routing.request());
            }
        });
    }

    /** The name in the public URL is one that callers use, whatever else is configured. */
    private static List<String> allowedHosts(GatewayConfig config, String publicUrl) {
        List<String> hosts = new ArrayList<>(config.allowedHosts().orElse(List.of()));
        String host = URI.create(publicUrl).getHost();
        if (host != null) {
            hosts.add(host.toLowerCase(Locale.ROOT));
        }
        return hosts;
    }
}
