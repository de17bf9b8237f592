package dev.stepgate.gateway.http;

import dev.stepgate.gateway.http.OpenEnvSocket.Usher;
import dev.stepgate.tool.Deadline;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.net.SocketAddress;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * One request on its event loop: its body is read up to a limit and within a time, its work is done on a virtual thread,
 * its answer is written back on the event loop.
 */
final class Exchange {
    private static final System.Logger LOG = System.getLogger(Exchange.class.getName());
    private static final Duration BODY_WITHIN = Duration.ofSeconds(30);

    /**
     * Every request and frame is answered in this time from its arrival, waiting for a slot included: OpenEnv's clients give
     * up after 60 s, and the older ones take a later answer for that of their next request.
     */
    static final Duration ANSWER_WITHIN = Duration.ofSeconds(55);

    private final Vertx vertx;
    private final HttpServerRequest request;
    private final Context context;

    Exchange(Vertx vertx, HttpServerRequest request) {
        this.vertx = vertx;
        this.request = request;
        this.context = vertx.getOrCreateContext();
    }

    boolean isUpgrade() {
        return "websocket".equalsIgnoreCase(request.getHeader(HttpHeaders.UPGRADE));
    }

    @Nullable
    SocketAddress peer() {
        return request.remoteAddress();
    }

    Optional<String> queryParameter(String name) {
        return Optional.ofNullable(request.getParam(name));
    }

    void upgrade(SocketDialect dialect, Usher usher) {
        request.toWebSocket()
                .onSuccess(socket -> OpenEnvSocket.serve(vertx, socket, dialect, usher))
                .onFailure(notOne -> LOG.log(System.Logger.Level.DEBUG, "handshake=failed"));
    }

    /** Reads the body, works on it, and writes what comes of it. */
    void answer(String rest, int maxBody, Function<Ask, Answer> work) {
        if (request.method().name().equals("GET")) {
            request.resume();
            perform(rest, new byte[0], work);
            return;
        }
        Buffer body = Buffer.buffer();
        long timer = vertx.setTimer(
                BODY_WITHIN.toMillis(), _ -> refuseBody(408, "body_timeout", "the body came too slowly"));
        request.handler(chunk -> {
            body.appendBuffer(chunk);
            if (body.length() > maxBody) {
                vertx.cancelTimer(timer);
                request.pause();
                refuseBody(413, "body_too_large", "the body is larger than " + maxBody + " bytes");
            }
        });
        request.exceptionHandler(_ -> vertx.cancelTimer(timer));
        request.endHandler(_ -> {
            if (vertx.cancelTimer(timer)) {
                perform(rest, body.getBytes(), work);
            }
        });
        request.resume();
    }

    private void refuseBody(int status, String code, String sentence) {
        if (!request.response().ended()) {
            write(Answer.error(status, code, sentence).with("Connection", "close"));
        }
    }

    private void perform(String rest, byte[] body, Function<Ask, Answer> work) {
        String query = request.query() == null ? "" : request.query();
        Ask ask = new Ask(request.method().name(), rest, query, request.headers(), body, Deadline.in(ANSWER_WITHIN));
        Thread.ofVirtual().name("request").start(() -> {
            Answer answer = work(ask, work);
            context.runOnContext(_ -> write(answer));
        });
    }

    private static Answer work(Ask ask, Function<Ask, Answer> work) {
        try {
            return work.apply(ask);
        } catch (RuntimeException bug) {
            LOG.log(System.Logger.Level.ERROR, "request=failed method=" + ask.method(), bug);
            return Answer.error(500, "infra_error", "the gateway failed to answer this request");
        }
    }

    void write(Answer answer) {
        HttpServerResponse response = request.response();
        if (response.closed() || response.ended()) {
            return;
        }
        response.setStatusCode(answer.status());
        answer.headers().forEach(response::putHeader);
        response.putHeader("X-Content-Type-Options", "nosniff");
        response.end(Buffer.buffer(answer.body()));
    }
}
