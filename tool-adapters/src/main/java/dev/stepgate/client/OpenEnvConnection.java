package dev.stepgate.client;

import dev.stepgate.client.OpenEnvException.ConnectionLost;
import dev.stepgate.client.OpenEnvException.TimedOut;
import dev.stepgate.tool.Deadline;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * One socket and the one request that may wait on it. Whatever goes wrong drops the socket for good: a request that was
 * given up still has its reply under way, and only a new socket is sure not to deliver it.
 *
 * <p>One thread at a time asks; any thread may drop. The listener's methods run on threads of the HTTP client, one at a time.
 */
final class OpenEnvConnection implements WebSocket.Listener {
    private final int maxReplyLength;
    private final StringBuilder part = new StringBuilder();
    private final AtomicReference<@Nullable CompletableFuture<String>> waiting = new AtomicReference<>();
    private final AtomicReference<@Nullable String> loss = new AtomicReference<>();
    private final CountDownLatch ended = new CountDownLatch(1);
    private volatile @Nullable WebSocket socket;
    private volatile @Nullable String lastWords;

    private OpenEnvConnection(int maxReplyLength) {
        this.maxReplyLength = maxReplyLength;
    }

    static OpenEnvConnection open(HttpClient http, URI endpoint, ClientSettings settings) {
        OpenEnvConnection connection = new OpenEnvConnection(settings.maxReplyLength());
        WebSocket.Builder builder = http.newWebSocketBuilder().connectTimeout(settings.connectTimeout());
        settings.headers().forEach(builder::header);
        CompletableFuture<WebSocket> opening = builder.buildAsync(endpoint, connection);
        try {
            connection.socket = opening.get(settings.connectTimeout().toMillis(), TimeUnit.MILLISECONDS);
            return connection;
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw abandoned(opening, "the thread was interrupted while it connected");
        } catch (TimeoutException late) {
            throw abandoned(
                    opening,
                    "the server took no connection within "
                            + settings.connectTimeout().toMillis() + " ms");
        } catch (ExecutionException refused) {
            throw new ConnectionLost("the server takes no connection: " + kind(refused.getCause()), false);
        }
    }

    /** A handshake that succeeds after all must not leave a socket behind. */
    private static ConnectionLost abandoned(CompletableFuture<WebSocket> opening, String reason) {
        var _ = opening.thenAccept(WebSocket::abort);
        return new ConnectionLost(reason, false);
    }

    /** The class alone: the message may quote the address. */
    private static String kind(@Nullable Throwable cause) {
        return cause == null ? "unknown" : cause.getClass().getSimpleName();
    }

    /** The frame that the server sent unasked before it closed, typically an error. */
    @Nullable
    String lastWords() {
        return lastWords;
    }

    boolean isOpen() {
        return loss.get() == null;
    }

    /**
     * Sends a frame and waits for the one that answers it.
     *
     * @throws OpenEnvException when there is none; the socket is then dropped
     */
    String ask(String frame, Deadline deadline) {
        Duration patience = deadline.remaining();
        CompletableFuture<String> reply = new CompletableFuture<>();
        if (!waiting.compareAndSet(null, reply)) {
            throw new IllegalStateException("a request is outstanding");
        }
        WebSocket open = socket;
        // After the request is entered: a loss that comes now finds it, one that came before is seen here.
        if (open == null || !isOpen()) {
            waiting.set(null);
            throw new ConnectionLost(lossReason(), false);
        }
        var _ = open.sendText(frame, true).whenComplete((_, failure) -> {
            if (failure != null) {
                drop("the connection broke while a request was sent");
            }
        });
        try {
            return reply.get(deadline.remainingNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException late) {
            drop("it was dropped because a reply was late");
            throw new TimedOut(patience, true);
        } catch (InterruptedException interrupted) {
            drop("it was dropped because a thread was interrupted while it waited");
            Thread.currentThread().interrupt();
            throw new ConnectionLost(lossReason(), true);
        } catch (ExecutionException lost) {
            throw new ConnectionLost(lossReason(), true);
        }
    }

    /** Ends the socket at once. What waits gets a {@link ConnectionLost}; the first reason is the one that is told. */
    void drop(String reason) {
        loss.compareAndSet(null, reason);
        WebSocket open = socket;
        if (open != null) {
            open.abort();
        }
        CompletableFuture<String> reply = waiting.getAndSet(null);
        if (reply != null) {
            reply.completeExceptionally(new IllegalStateException(reason));
        }
        ended.countDown();
    }

    /** Says goodbye, and waits until the server has, but no longer than the deadline. */
    void close(String goodbye, Deadline deadline) {
        WebSocket open = socket;
        if (open == null || !isOpen()) {
            return;
        }
        try {
            open.sendText(goodbye, true).get(deadline.remainingNanos(), TimeUnit.NANOSECONDS);
            var _ = ended.await(deadline.remainingNanos(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException gone) {
            // There is nobody left to say goodbye to.
        } finally {
            drop("the client was closed");
        }
    }

    private String lossReason() {
        return "the socket is gone: " + loss.get();
    }

    @Override
    public @Nullable CompletionStage<?> onText(WebSocket from, CharSequence text, boolean last) {
        if (part.length() + text.length() > maxReplyLength) {
            drop("a reply was longer than " + maxReplyLength + " characters");
            return null;
        }
        part.append(text);
        if (last) {
            received(part.toString());
            part.setLength(0);
            part.trimToSize();
        }
        from.request(1);
        return null;
    }

    private void received(String frame) {
        CompletableFuture<String> reply = waiting.getAndSet(null);
        if (reply != null) {
            reply.complete(frame);
        } else if (isOpen()) {
            lastWords = frame;
            drop("the server sent a frame that nobody asked for");
        }
    }

    @Override
    public @Nullable CompletionStage<?> onBinary(WebSocket from, java.nio.ByteBuffer bytes, boolean last) {
        drop("the server sent a binary frame");
        return null;
    }

    @Override
    public @Nullable CompletionStage<?> onClose(WebSocket from, int code, String reason) {
        drop("the server closed it with code " + code);
        return null;
    }

    @Override
    public void onError(WebSocket from, Throwable error) {
        drop("the connection broke: " + kind(error));
    }
}
