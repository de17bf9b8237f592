package dev.stepgate.adapter.openenv;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stepgate.adapter.Waits;
import dev.stepgate.json.JsonProblem;
import dev.stepgate.json.Limits;
import dev.stepgate.json.StrictJson;
import dev.stepgate.tool.Deadline;
import dev.stepgate.tool.Refusal;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.ClientWebSocket;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.http.WebSocket;
import io.vertx.core.http.WebSocketClient;
import io.vertx.core.http.WebSocketClientOptions;
import io.vertx.core.http.WebSocketConnectOptions;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** Connections to OpenEnv servers, by network or by socket file. Thread-safe; its waits block the calling thread. */
public final class OpenEnvTransport implements AutoCloseable {
    private static final long HEALTH_MILLIS = 2_000;

    private final OpenEnvLimits limits;
    private final Clients network;
    private @Nullable Clients files;
    private @Nullable Vertx filesVertx;

    /**
     * The clients of one Vert.x.
     *
     * @param context where all requests start. The pool then gives connections of the same event loop; else an answer could
     *     have ended before anybody reads it
     */
    private record Clients(Context context, HttpClient http, WebSocketClient sockets) {}

    /** @param vertx is not closed with the transport */
    public OpenEnvTransport(Vertx vertx, OpenEnvLimits limits) {
        this.limits = limits;
        this.network = clients(vertx);
    }

    private Clients clients(Vertx vertx) {
        int connect = (int) limits.connectTimeout().toMillis();
        return new Clients(
                vertx.getOrCreateContext(),
                vertx.httpClientBuilder()
                        .with(new HttpClientOptions().setConnectTimeout(connect).setKeepAlive(false))
                        // A server that is still starting lets go of connections; that is no error of ours.
                        .withConnectHandler(connection -> connection.exceptionHandler(ignored -> {}))
                        .build(),
                vertx.createWebSocketClient(new WebSocketClientOptions()
                        .setConnectTimeout(connect)
                        .setMaxConnections(limits.maxSockets())
                        .setMaxFrameSize(limits.maxAnswerBytes())
                        .setMaxMessageSize(limits.maxAnswerBytes())
                        .setClosingTimeout((int) limits.closeTimeout().toSeconds())));
    }

    private synchronized Clients clientsFor(OpenEnvEndpoint endpoint) {
        if (endpoint.socketFile() == null) {
            return network;
        }
        Clients made = files;
        if (made == null) {
            Vertx vertx = DomainSockets.vertx();
            filesVertx = vertx;
            made = clients(vertx);
            files = made;
        }
        return made;
    }

    OpenEnvLimits limits() {
        return limits;
    }

    ClientWebSocket webSocket(OpenEnvEndpoint endpoint) {
        return clientsFor(endpoint).sockets().webSocket();
    }

    /** Opens a socket whose handlers are set. */
    void connect(ClientWebSocket socket, OpenEnvEndpoint endpoint, Deadline deadline) {
        WebSocketConnectOptions options = endpoint.webSocket();
        options.setTimeout(Math.max(1, deadline.remaining().toMillis()));
        Future<WebSocket> opening = socket.connect(options);
        try {
            await(opening, deadline, "the upstream cannot be reached");
        } catch (Refusal refusal) {
            opening.onSuccess(WebSocket::close); // one that opens after all is nobody's
            throw refusal;
        }
    }

    /** Waits until a server that was just started answers, while it lives. */
    public void awaitHealthy(OpenEnvEndpoint endpoint, BooleanSupplier lives, Deadline deadline) {
        while (lives.getAsBoolean()) {
            if (deadline.hasPassed()) {
                throw Refusal.timeout("the environment's server did not start in time");
            }
            if (isHealthy(endpoint, deadline)) {
                return;
            }
            LockSupport.parkNanos(limits.healthEvery().toNanos());
        }
        throw Refusal.environmentFailed("the environment's server ended before it answered");
    }

    private boolean isHealthy(OpenEnvEndpoint endpoint, Deadline deadline) {
        try {
            get(endpoint, "/health", deadline.atMost(java.time.Duration.ofMillis(HEALTH_MILLIS)));
            return true;
        } catch (Refusal notYet) {
            if (Thread.currentThread().isInterrupted()) {
                throw notYet;
            }
            return false;
        }
    }

    /** A JSON document of the server; empty where it has none under this path. */
    Optional<ObjectNode> document(OpenEnvEndpoint endpoint, String path, Deadline deadline) {
        Buffer body;
        try {
            body = get(endpoint, path, deadline);
        } catch (NoDocument none) {
            return Optional.empty();
        }
        try {
            Limits document = Limits.FRAME.withMaxBytes(limits.maxDocumentBytes());
            return StrictJson.parse(body.getBytes(), document) instanceof ObjectNode object
                    ? Optional.of(object)
                    : Optional.empty();
        } catch (JsonProblem malformed) {
            return Optional.empty();
        }
    }

    private Buffer get(OpenEnvEndpoint endpoint, String path, Deadline deadline) {
        Clients clients = clientsFor(endpoint);
        Promise<Buffer> body = Promise.promise();
        clients.context()
                .runOnContext(
                        ignored -> asked(clients.http(), endpoint.request(path)).onComplete(body));
        return await(body.future(), deadline, "the upstream cannot be reached");
    }

    private Future<Buffer> asked(HttpClient http, RequestOptions options) {
        try {
            return http.request(options).compose(HttpClientRequest::send).compose(this::whole);
        } catch (IllegalStateException closed) {
            return Future.failedFuture(closed); // the gateway is stopping
        }
    }

    private Future<Buffer> whole(HttpClientResponse response) {
        if (response.statusCode() != 200) {
            response.exceptionHandler(ignored -> {});
            response.request().reset();
            return Future.failedFuture(new NoDocument());
        }
        Promise<Buffer> whole = Promise.promise();
        Buffer body = Buffer.buffer();
        response.exceptionHandler(whole::tryFail);
        response.endHandler(ignored -> whole.tryComplete(body));
        response.handler(chunk -> {
            body.appendBuffer(chunk);
            if (body.length() > limits.maxDocumentBytes()) {
                whole.tryFail(new NoDocument());
                response.request().reset();
            }
        });
        return whole.future();
    }

    private static <T> T await(Future<T> future, Deadline deadline, String otherwise) {
        try {
            return future.toCompletionStage()
                    .toCompletableFuture()
                    .get(Math.max(0, deadline.remainingNanos()), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            throw Refusal.timeout("the upstream gave no answer in time");
        } catch (InterruptedException e) {
            throw Waits.interrupted();
        } catch (ExecutionException e) {
            throw e.getCause() instanceof NoDocument none ? none : Refusal.environmentFailed(otherwise);
        }
    }

    @Override
    public synchronized void close() {
        network.http().close();
        network.sockets().close();
        if (filesVertx != null) {
            filesVertx.close();
        }
    }

    /** The server answers, but not with what was asked for. */
    private static final class NoDocument extends RuntimeException {
        private static final long serialVersionUID = 1;

        NoDocument() {
            super("no document", null, false, false);
        }
    }
}
