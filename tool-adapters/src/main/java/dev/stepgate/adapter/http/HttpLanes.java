package dev.stepgate.adapter.http;

import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.impl.VertxInternal;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;

/**
 * The connections that all adapters of a gateway share, each lane with its own client on its own event loop.
 *
 * <p>Why lanes: a pool that is shared by several event loops hands a connection over as soon as its answer has ended, while
 * the exchange that it belonged to learns of that end on another thread a moment later. A reset in that moment closes the
 * connection under the call that has it now. Within a lane the end and the reset happen on one thread, in order.
 *
 * <p>Thread-safe.
 */
public final class HttpLanes {
    private final List<Lane> lanes;
    private final AtomicInteger next = new AtomicInteger();

    /**
     * A client all of whose connections live on one event loop.
     *
     * @param context where every request of the lane starts
     * @param listening the same for streams that last, so that they take no connection from calls
     */
    record Lane(Context context, HttpClient client, HttpClient listening) {}

    /**
     * @param count how many, at least 1; connections and places in the queue of one upstream are divided among them
     */
    public HttpLanes(Vertx vertx, HttpLimits limits, int count) {
        this.lanes = IntStream.range(0, count)
                .mapToObj(_ -> new Lane(
                        ((VertxInternal) vertx).createEventLoopContext(),
                        vertx.createHttpClient(options(limits, limits.maxConnections(), count)),
                        vertx.createHttpClient(options(limits, limits.maxListening(), count))))
                .toList();
    }

    /** Pool and wait queue are bounded, plain HTTP/1.1. */
    private static HttpClientOptions options(HttpLimits limits, int connections, int count) {
        return new HttpClientOptions()
                .setKeepAlive(true)
                .setMaxPoolSize(Math.ceilDiv(connections, count))
                .setMaxWaitQueueSize(Math.ceilDiv(limits.maxWaiting(), count))
                .setConnectTimeout((int) limits.connectTimeout().toMillis())
                .setKeepAliveTimeout((int) limits.keepAlive().toSeconds())
                .setTcpNoDelay(true);
    }

    /** The lane of the next adapter, in turn. */
    Lane next() {
        return lanes.get(Math.floorMod(next.getAndIncrement(), lanes.size()));
    }

    /** Closes every connection. The end is not waited for. */
    public void close() {
        lanes.forEach(lane -> {
            lane.client().close();
            lane.listening().close();
        });
    }
}
