package dev.stepgate.gateway.http;

import dev.stepgate.gateway.http.OpenEnvSocket.Usher;
import dev.stepgate.gateway.identity.NotAdmitted;
import dev.stepgate.gateway.identity.Principal;
import dev.stepgate.gateway.identity.Proof;
import dev.stepgate.tool.Deadline;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.net.SocketAddress;
import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One request on its event loop: its body is read up to a limit and within a time, its work is done on a virtual thread,
 * its answer is written back on the event loop.
 */
final class Exchange implements Wire {
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
    private final List<String> authorization;

    Exchange(Vertx vertx, HttpServerRequest request) {
        this.vertx = vertx;
        this.request = request;
        this.context = vertx.getOrCreateContext();
        this.authorization = List.copyOf(request.headers().getAll(HttpHeaders.AUTHORIZATION));
        // Whatever becomes of the request, nothing behind this sees the caller's credentials.
        request.headers().remove(HttpHeaders.AUTHORIZATION);
    }

    boolean isUpgrade() {
        return "websocket".equalsIgnoreCase(request.getHeader(HttpHeaders.UPGRADE));
    }

    /** Whether this is for the endpoint of MCP clients. */
    boolean isMcp() {
        return String.valueOf(request.path()).endsWith("/mcp");
    }

    /** What the caller shows in its header, and where it comes from. */
    Proof proof() {
        boolean loopback = isLoopback(request.remoteAddress());
        if (authorization.size() > 1 || request.params().contains("access_token")) {
            return new Proof.Unclear();
        }
        return authorization.isEmpty()
                ? new Proof.Peer(loopback)
                : new Proof.Authorization(authorization.getFirst(), loopback);
    }

    private static boolean isLoopback(@Nullable SocketAddress address) {
        String host = address == null ? null : address.hostAddress();
        // hostAddress is a literal, so nothing is looked up.
        return host != null && InetAddress.ofLiteral(host).isLoopbackAddress();
    }

    /**
     * Asks who this is before anything of the body is read, and goes on with whoever is let in. What takes time is done
     * aside, while the request waits.
     */
    void admit(
            boolean quick, Supplier<Principal> judge, Consumer<Principal> then, Function<NotAdmitted, Answer> refusal) {
        if (quick) {
            judge(judge, then, refusal).run();
            return;
        }
        request.pause();
        Thread.ofVirtual().name("admit").start(() -> {
            Runnable next = judge(judge, then, refusal);
            context.runOnContext(_ -> next.run());
        });
    }

    private Runnable judge(Supplier<Principal> judge, Consumer<Principal> then, Function<NotAdmitted, Answer> refusal) {
        try {
            Principal principal = judge.get();
            return () -> then.accept(principal);
        } catch (NotAdmitted refused) {
            return () -> write(refusal.apply(refused));
        } catch (RuntimeException bug) { // fails closed: whoever cannot be judged is not let in
            LOG.log(System.Logger.Level.ERROR, "admission=failed", bug);
            return () -> write(Answer.error(500, "infra_error", "the gateway failed to answer this request"));
        }
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
        if (announced() > maxBody) {
            refuseBody(413, "body_too_large", "the body is larger than " + maxBody + " bytes");
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

    /** The length that the head announces; zero where there is none. */
    private long announced() {
        String length = request.getHeader(HttpHeaders.CONTENT_LENGTH);
        try {
            return length == null ? 0 : Long.parseLong(length);
        } catch (NumberFormatException unread) {
            return Long.MAX_VALUE; // the parser takes none of those; if it ever does, nothing of it is read
        }
    }

    private void refuseBody(int status, String code, String sentence) {
        if (!request.response().ended()) {
            write(Answer.error(status, code, sentence).with("Connection", "close"));
        }
    }

    private void perform(String rest, byte[] body, Function<Ask, Answer> work) {
        String query = request.query() == null ? "" : request.query();
        Ask ask = new Ask(
                request.method().name(), rest, query, request.headers(), body, Deadline.in(ANSWER_WITHIN), this);
        Thread.ofVirtual().name("request").start(() -> {
            answer(work(ask, work));
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

    @Override
    public boolean takesEvents() {
        return String.valueOf(request.getHeader(HttpHeaders.ACCEPT)).contains("text/event-stream");
    }

    @Override
    public boolean prefersEvents() {
        return String.valueOf(request.getHeader(HttpHeaders.ACCEPT))
                .stripLeading()
                .startsWith("text/event-stream");
    }

    @Override
    public void answer(Answer answer) {
        if (!answer.isElsewhere()) {
            context.runOnContext(_ -> write(answer));
        }
    }

    @Override
    public void onGone(Runnable action) {
        context.runOnContext(_ -> {
            HttpServerResponse response = request.response();
            if (response.closed() && !response.ended()) {
                action.run();
            } else {
                response.closeHandler(_ -> action.run());
            }
        });
    }

    @Override
    public EventStream stream() {
        return begun("no-cache", response -> new EventStream(context, response, request.connection()));
    }

    @Override
    public Outflow outflow(String contentType) {
        return begun("no-store", response -> new Outflow(context, response, request.connection(), contentType));
    }

    private <T> T begun(String cacheControl, Function<HttpServerResponse, T> body) {
        CompletableFuture<T> opened = new CompletableFuture<>();
        context.runOnContext(_ -> {
            HttpServerResponse response = request.response();
            if (!response.headWritten()) {
                response.setStatusCode(200);
                protect(response);
                response.putHeader(HttpHeaders.CACHE_CONTROL, cacheControl);
            }
            opened.complete(body.apply(response));
        });
        return opened.join();
    }

    void write(Answer answer) {
        HttpServerResponse response = request.response();
        if (response.closed() || response.ended()) {
            return;
        }
        if (response.headWritten()) { // what went wrong did so in the middle of a stream
            response.end();
            return;
        }
        response.setStatusCode(answer.status());
        answer.headers().forEach(response::putHeader);
        protect(response);
        if (!answer.headers().containsKey("Cache-Control")) {
            response.putHeader("Cache-Control", "no-store");
        }
        boolean last = isLast(answer);
        if (last) {
            response.putHeader(HttpHeaders.CONNECTION, HttpHeaders.CLOSE);
        }
        response.end(Buffer.buffer(answer.body())).onComplete(_ -> finish(last));
    }

    private static void protect(HttpServerResponse response) {
        response.putHeader("X-Content-Type-Options", "nosniff");
        // A capability in the URL must not travel on, and no answer is a page or anybody else's to keep.
        response.putHeader("Referrer-Policy", "no-referrer");
        response.putHeader("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'");
    }

    /**
     * Whether nothing more is read from this connection. The parser drops a length beside chunks without a word, so nothing
     * behind such a body can be trusted (RFC 9112, section 6.1); and whoever relayed a handshake may have begun to relay a
     * socket behind it.
     */
    private boolean isLast(Answer answer) {
        return answer.headers().containsKey("Connection")
                || request.headers().contains(HttpHeaders.TRANSFER_ENCODING)
                || isUpgrade();
    }

    /** A client that is still sending would otherwise not read its answer; it may not take longer than any other. */
    private void finish(boolean close) {
        if (request.isEnded()) {
            if (close) {
                request.connection().close();
            }
            return;
        }
        long timer =
                vertx.setTimer(BODY_WITHIN.toMillis(), _ -> request.connection().close());
        request.exceptionHandler(_ -> vertx.cancelTimer(timer));
        request.handler(_ -> {});
        request.endHandler(_ -> {
            vertx.cancelTimer(timer);
            if (close) {
                request.connection().close();
            }
        });
        request.resume();
    }
}
