package dev.stepgate.adapter.openenv;

import io.vertx.core.http.RequestOptions;
import io.vertx.core.http.WebSocketConnectOptions;
import io.vertx.core.net.SocketAddress;
import java.net.URI;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Where an OpenEnv server is reached.
 *
 * @param base its base URL, http or https, without query
 * @param socketFile the socket file that leads to it, or null where the base URL itself does
 */
public record OpenEnvEndpoint(URI base, @Nullable Path socketFile) {

    public static OpenEnvEndpoint at(URI base) {
        return new OpenEnvEndpoint(base, null);
    }

    /** A server on a port of loopback, behind a socket file. */
    public static OpenEnvEndpoint behind(Path socketFile, int port) {
        return new OpenEnvEndpoint(URI.create("http://127.0.0.1:" + port), socketFile);
    }

    RequestOptions request(String path) {
        RequestOptions options = to(path, new RequestOptions());
        return socketFile == null
                ? options
                : options.setServer(SocketAddress.domainSocketAddress(socketFile.toString()));
    }

    /** The WebSocket client knows hosts alone; what the server is told stays its own address. */
    WebSocketConnectOptions webSocket() {
        WebSocketConnectOptions options = to("/ws", new WebSocketConnectOptions());
        if (socketFile != null) {
            options.putHeader("Host", base.getAuthority());
            options.setHost(DomainSockets.host(socketFile));
        }
        return options;
    }

    private <O extends RequestOptions> O to(String path, O options) {
        boolean tls = "https".equals(base.getScheme());
        int port = base.getPort() >= 0 ? base.getPort() : tls ? 443 : 80;
        String prefix = base.getRawPath() == null ? "" : base.getRawPath().replaceAll("/+$", "");
        options.setHost(base.getHost()).setPort(port).setSsl(tls).setURI(prefix + path);
        return options;
    }
}
