package dev.stepgate.gateway.http;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stepgate.gateway.episode.CapacityReached;
import dev.stepgate.json.StrictJson;
import dev.stepgate.tool.Deadline;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.ServerWebSocket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * One socket: frames in order, exactly one answer each, nothing unasked but one error frame before a close. All fields
 * belong to the socket's event loop; a frame is worked on by a virtual thread while the next ones wait in the paused
 * socket, which goes on answering pings.
 */
final class OpenEnvSocket {
    private static final System.Logger LOG = System.getLogger(OpenEnvSocket.class.getName());

    /** A peer that is silent for two of these is gone, though its connection may look open. */
    private static final Duration PING_EVERY = Duration.ofSeconds(15);

    /** How long a refused client may take to send the frame whose answer is the refusal. */
    private static final Duration REFUSAL_PATIENCE = Duration.ofSeconds(10);

    private static final short NORMAL = 1000;
    private static final short MESSAGE_TOO_BIG = 1009;

    private final Vertx vertx;
    private final ServerWebSocket socket;
    private final SocketDialect dialect;
    private final Context context;
    private CompletableFuture<SocketSeat> coming = new CompletableFuture<>();
    private @Nullable SocketSeat seat;
    private @Nullable Runnable listening;
    private @Nullable Frame early;
    private @Nullable ObjectNode refusal;
    private boolean heard = true;
    private boolean working;
    private long timer = -1;

    /**
     * A frame that came.
     *
     * @param deadline until when it must be answered
     */
    private record Frame(String text, Deadline deadline) {}

    /** Why a socket gets no seat. */
    static final class NoSeat extends Exception {
        private static final long serialVersionUID = 1;
        final String code;

        NoSeat(String code, String message) {
            super(message, null, false, false);
            this.code = code;
        }

        String sentence() {
            return String.valueOf(getMessage());
        }
    }

    /** Finds or opens the episode of a socket. */
    interface Usher {

        /**
         * The seat, now or in turn; fails with {@link CapacityReached} when there is none. Does not block. Cancelling gives
         * up the place in the queue.
         */
        CompletableFuture<SocketSeat> seat() throws NoSeat;
    }

    private OpenEnvSocket(Vertx vertx, ServerWebSocket socket, SocketDialect dialect) {
        this.vertx = vertx;
        this.socket = socket;
        this.dialect = dialect;
        this.context = vertx.getOrCreateContext();
    }

    /** Takes over a socket whose handshake is done. Runs on its event loop. */
    static void serve(Vertx vertx, ServerWebSocket socket, SocketDialect dialect, Usher usher) {
        new OpenEnvSocket(vertx, socket, dialect).begin(usher);
    }

    private void begin(Usher usher) {
        try {
            coming = usher.seat();
            timer = vertx.setPeriodic(PING_EVERY.toMillis(), _ -> ping());
            if (coming.isDone() && !coming.isCompletedExceptionally()) {
                seated(coming.join()); // the rule: nothing is waited for
            } else {
                var _ = coming.whenComplete((taken, failure) -> context.runOnContext(_ -> decided(taken, failure)));
            }
        } catch (NoSeat none) {
            refuse(none.code, none.sentence(), JsonNodeFactory.instance.objectNode());
        }
        socket.pongHandler(_ -> heard());
        socket.textMessageHandler(this::received);
        socket.binaryMessageHandler(_ -> sendAndClose(
                dialect.refusal("SESSION_ERROR", "a frame is text", JsonNodeFactory.instance.objectNode())));
        // A message in many frames that grows too long is only told here; without this it would never be answered.
        socket.exceptionHandler(_ -> tooMuch());
        socket.closeHandler(_ -> left());
    }

    private void decided(@Nullable SocketSeat taken, @Nullable Throwable failure) {
        if (taken != null) {
            seated(taken);
        } else if (failure != null && failure.getCause() instanceof CapacityReached reached) {
            ObjectNode details = JsonNodeFactory.instance.objectNode();
            details.put("active_sessions", reached.active()).put("max_sessions", reached.capacity());
            refuse("CAPACITY_REACHED", reached.sentence(), details);
        } else if (!coming.isCancelled()) {
            refuse("SESSION_ERROR", "the gateway failed to open an episode", JsonNodeFactory.instance.objectNode());
        }
    }

    private void seated(SocketSeat taken) {
        if (socket.isClosed()) {
            leave(taken);
            return;
        }
        seat = taken;
        listening = taken.episode().onClose(() -> context.runOnContext(_ -> episodeEnded()));
        Frame waiting = early;
        if (waiting != null) {
            work(waiting, taken);
        }
    }

    /** The refusal waits for the first frame: sent at once, a client that sends a little later would never see it. */
    private void refuse(String code, String message, ObjectNode details) {
        ObjectNode frame = dialect.refusal(code, message, details);
        if (early != null) {
            sendAndClose(frame);
            return;
        }
        refusal = frame;
        vertx.cancelTimer(timer);
        timer = vertx.setTimer(REFUSAL_PATIENCE.toMillis(), _ -> sendAndClose(frame));
    }

    private void received(String text) {
        heard();
        if (refusal != null) {
            sendAndClose(refusal);
            return;
        }
        Frame frame = new Frame(text, Deadline.in(Exchange.ANSWER_WITHIN));
        working = true;
        socket.pause();
        SocketSeat taken = seat;
        if (taken == null) {
            early = frame;
        } else {
            work(frame, taken);
        }
    }

    private void work(Frame frame, SocketSeat taken) {
        Thread.ofVirtual().name("frame").start(() -> {
            SocketDialect.Reply reply = answer(frame, taken);
            byte @Nullable [] bytes = reply.frame() == null ? null : StrictJson.bytes(reply.frame());
            if (reply.close()) {
                taken.leave().run();
            }
            context.runOnContext(_ -> write(bytes, reply.close()));
        });
    }

    private SocketDialect.Reply answer(Frame frame, SocketSeat taken) {
        try {
            return dialect.answer(frame.text(), taken, frame.deadline());
        } catch (RuntimeException bug) {
            LOG.log(System.Logger.Level.ERROR, "frame=failed", bug);
            return SocketDialect.Reply.goOn(dialect.refusal(
                    "EXECUTION_ERROR",
                    "infra_error: the gateway failed to answer this frame",
                    JsonNodeFactory.instance.objectNode()));
        }
    }

    private void write(byte @Nullable [] frame, boolean close) {
        working = false;
        if (socket.isClosed()) {
            return;
        }
        if (frame != null) {
            socket.writeTextMessage(new String(frame, StandardCharsets.UTF_8));
        }
        if (close) {
            socket.close(NORMAL);
        } else if (socket.writeQueueFull()) {
            // A peer that does not read its answers asks no more questions; else they would pile up here.
            socket.drainHandler(_ -> socket.resume());
        } else {
            socket.resume();
        }
    }

    private void tooMuch() {
        if (!socket.isClosed()) {
            socket.close(MESSAGE_TOO_BIG);
        }
    }

    private void sendAndClose(@Nullable ObjectNode frame) {
        write(frame == null ? null : StrictJson.bytes(frame), true);
    }

    /** The episode ended without this socket's doing: idle, expired, deleted. A running frame gets its own answer first. */
    private void episodeEnded() {
        if (!socket.isClosed() && !working) {
            sendAndClose(
                    dialect.refusal("SESSION_ERROR", "the episode was closed", JsonNodeFactory.instance.objectNode()));
        }
    }

    private void heard() {
        heard = true;
    }

    private void ping() {
        if (!heard && !working) {
            // The slot is given back now: the close handshake waits for a peer that is not there.
            left();
            socket.close();
            return;
        }
        heard = false;
        socket.writePing(Buffer.buffer("stepgate"));
    }

    private void left() {
        vertx.cancelTimer(timer);
        coming.cancel(false);
        Runnable deaf = listening;
        if (deaf != null) {
            deaf.run();
        }
        SocketSeat taken = seat;
        if (taken != null) {
            leave(taken);
        }
    }

    private static void leave(SocketSeat taken) {
        Thread.ofVirtual().name("leave").start(taken.leave());
    }

    /** A seat whose leaving is done once, however often it is asked for. */
    static Runnable once(Runnable leave) {
        var pending = new java.util.concurrent.atomic.AtomicBoolean(true);
        return () -> {
            if (pending.getAndSet(false)) {
                leave.run();
            }
        };
    }
}
