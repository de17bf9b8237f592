import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A path to the gateway that breaks: each connection is reset, both ways at once, after a random number of bytes in either
 * direction, wherever in a frame that may be.
 */
final class Cuts implements AutoCloseable {
    private static final int MEAN_BYTES = 15_000;
    private static final int BACKLOG = 1024;

    private final URI target;
    private final Random random;
    private final ServerSocket server;
    final AtomicInteger made = new AtomicInteger();

    Cuts(URI target, long seed) throws IOException {
        this.target = target;
        this.random = new Random(seed);
        this.server = new ServerSocket(0, BACKLOG, InetAddress.getLoopbackAddress());
        Thread.startVirtualThread(this::accept);
    }

    URI through(URI address) {
        return URI.create("http://127.0.0.1:" + server.getLocalPort() + address.getPath());
    }

    private void accept() {
        while (!server.isClosed()) {
            try {
                join(server.accept(), (long) (-Math.log(1 - random.nextDouble()) * MEAN_BYTES) + 1);
            } catch (IOException ended) {
                // Either this end was closed, or one connection could not be joined: its client sees it closed.
            }
        }
    }

    private void join(Socket client, long budget) throws IOException {
        Socket upstream;
        try {
            upstream = new Socket(target.getHost(), target.getPort());
            client.setTcpNoDelay(true);
            upstream.setTcpNoDelay(true);
        } catch (IOException refused) {
            client.close();
            throw refused;
        }
        var left = new AtomicLong(budget);
        Thread.startVirtualThread(() -> copy(client, upstream, left));
        Thread.startVirtualThread(() -> copy(upstream, client, left));
    }

    private void copy(Socket from, Socket to, AtomicLong left) {
        byte[] buffer = new byte[4096];
        try {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            for (int count; (count = in.read(buffer)) >= 0; ) {
                long allowed = left.getAndAdd(-count);
                if (allowed < count) {
                    out.write(buffer, 0, (int) Math.max(0, allowed));
                    made.incrementAndGet();
                    break;
                }
                out.write(buffer, 0, count);
            }
        } catch (IOException broken) {
            // The other direction has ended both.
        } finally {
            reset(from);
            reset(to);
        }
    }

    private static void reset(Socket socket) {
        try (socket) {
            socket.setSoLinger(true, 0);
        } catch (IOException gone) {
            // It was reset before.
        }
    }

    @Override
    public void close() throws IOException {
        server.close();
    }
}
