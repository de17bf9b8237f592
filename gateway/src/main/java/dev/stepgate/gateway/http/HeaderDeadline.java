package dev.stepgate.gateway.http;

import io.netty.bootstrap.ChannelInitializerExtension;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.AttributeKey;
import io.netty.util.concurrent.ScheduledFuture;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.net.impl.ConnectionBase;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Closes connections on which the head of a request, or a TLS handshake, takes too long to arrive. An idle timeout is not
 * enough: a byte now and then keeps a connection open under it, and with it one of those that are bounded. Netty finds this
 * class as a service; neither Vert.x nor Quarkus has a setting for it. Each connection's state belongs to its event loop.
 */
public final class HeaderDeadline extends ChannelInitializerExtension {
    private static final Duration WITHIN = Duration.ofSeconds(20);
    private static final AttributeKey<Watch> WATCH = AttributeKey.valueOf(HeaderDeadline.class, "watch");

    /** Tells Netty to look for services; to be called before the server's sockets are made. */
    static void enable() {
        System.setProperty(ChannelInitializerExtension.EXTENSIONS_SYSTEM_PROPERTY, "serviceload");
    }

    /** The head of a request has arrived. */
    static void arrived(HttpConnection connection) {
        Watch watch = watch(connection);
        if (watch != null) {
            watch.arrived();
        }
    }

    /** The request has been answered; whatever is sent now is the next one. */
    static void answered(HttpConnection connection) {
        Watch watch = watch(connection);
        if (watch != null) {
            watch.working = false;
        }
    }

    private static @Nullable Watch watch(HttpConnection connection) {
        return connection instanceof ConnectionBase base
                ? base.channel().attr(WATCH).get()
                : null;
    }

    @Override
    public void postInitializeServerChildChannel(Channel channel) {
        Watch watch = new Watch();
        channel.attr(WATCH).set(watch);
        channel.pipeline().addFirst("header-deadline", watch);
    }

    private static final class Watch extends ChannelInboundHandlerAdapter {
        private boolean working;
        private @Nullable ScheduledFuture<?> deadline;

        @Override
        public void channelActive(ChannelHandlerContext context) {
            begin(context);
            context.fireChannelActive();
        }

        @Override
        public void channelRead(ChannelHandlerContext context, Object bytes) {
            if (!working && deadline == null) {
                begin(context);
            }
            context.fireChannelRead(bytes);
        }

        @Override
        public void channelInactive(ChannelHandlerContext context) {
            cancel();
            context.fireChannelInactive();
        }

        @SuppressWarnings("FutureReturnValueIgnored") // nobody waits for the close
        private void begin(ChannelHandlerContext context) {
            deadline = context.executor().schedule(() -> close(context), WITHIN.toMillis(), TimeUnit.MILLISECONDS);
        }

        private static void close(ChannelHandlerContext context) {
            var _ = context.close();
        }

        private void arrived() {
            working = true;
            cancel();
        }

        private void cancel() {
            ScheduledFuture<?> running = deadline;
            deadline = null;
            if (running != null) {
                running.cancel(false);
            }
        }
    }
}
