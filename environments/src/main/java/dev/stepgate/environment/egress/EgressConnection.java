package dev.stepgate.environment.egress;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** One connection out of a sandbox: a request, and then bytes in both directions. Blocks; one virtual thread each way. */
final class EgressConnection implements Runnable {
    private static final int MOST_HEAD = 8 * 1024;
    private static final int PIECE = 32 * 1024;
    private static final int MOST_DROPPED = 16;
    private static final int MOST_ADDRESSES = 4;
    private static final Pattern TELLABLE = Pattern.compile("[A-Za-z0-9.:_\\[\\]-]{1,262}");

    /** What a resolver would read as an address: brackets, colons, or a number for a last label. */
    private static final Pattern ADDRESS = Pattern.compile("\\[.*|.*:.*|(.*\\.)?([0-9]+|0[xX][0-9A-Fa-f]*)\\.?");

    private final EgressProxy proxy;
    private final Outlet outlet;
    private final SocketChannel inside;
    private final long began = System.nanoTime();
    private final AtomicLong sent = new AtomicLong();
    private final AtomicLong received = new AtomicLong();
    private volatile long moved = began;
    private volatile @Nullable SocketChannel outside;
    private volatile boolean cut;

    EgressConnection(EgressProxy proxy, Outlet outlet, SocketChannel inside) {
        this.proxy = proxy;
        this.outlet = outlet;
        this.inside = inside;
    }

    @Override
    public void run() {
        EgressAttempt attempt = null;
        try {
            attempt = serve();
        } catch (IOException | RuntimeException failed) {
            // Whoever was there is gone; there is nobody to tell.
        } finally {
            cut();
            outlet.over(this, attempt);
        }
    }

    private @Nullable EgressAttempt serve() throws IOException {
        ByteBuffer read = ByteBuffer.allocate(MOST_HEAD);
        int length = head(read);
        if (length == 0) {
            return null; // nothing was asked
        }
        String head = length < 0 ? "" : new String(read.array(), 0, length, StandardCharsets.ISO_8859_1);
        Optional<ConnectRequest> request = ConnectRequest.parse(head);
        String target = request.map(ConnectRequest::target).orElse("");
        EgressVerdict verdict = request.map(this::judge).orElse(EgressVerdict.REQUEST);
        if (verdict == EgressVerdict.OPENED) {
            verdict = open(Destination.parse(target).orElseThrow());
        }
        String asked = TELLABLE.matcher(target).matches() ? target.toLowerCase(Locale.ROOT) : "";
        if (verdict != EgressVerdict.OPENED) {
            refuse(verdict);
            return new EgressAttempt(asked, verdict, 0, 0);
        }
        write(
                inside,
                ByteBuffer.wrap("HTTP/1.1 200 Connection established\r\n\r\n".getBytes(StandardCharsets.US_ASCII)));
        read.flip().position(length);
        join(read);
        return new EgressAttempt(asked, verdict, sent.get(), received.get());
    }

    /** Reads up to the empty line. Returns where it ends, 0 when nothing came, -1 when there is none. */
    private int head(ByteBuffer read) throws IOException {
        while (read.hasRemaining()) {
            int from = Math.max(0, read.position() - 3);
            if (inside.read(read) < 0) {
                return read.position() == 0 ? 0 : -1;
            }
            for (int at = from; at + 4 <= read.position(); at++) {
                if (read.get(at) == '\r'
                        && read.get(at + 1) == '\n'
                        && read.get(at + 2) == '\r'
                        && read.get(at + 3) == '\n') {
                    return at + 4;
                }
            }
        }
        return -1;
    }

    private EgressVerdict judge(ConnectRequest request) {
        if (outlet.isBusy()) {
            return EgressVerdict.BUSY;
        }
        if (!outlet.takesAnother()) {
            return EgressVerdict.SPENT;
        }
        if (!outlet.isToken(request.authorization())) {
            return EgressVerdict.TOKEN;
        }
        return Destination.parse(request.target())
                .map(outlet::admits)
                .orElseGet(() -> isAddress(request.target()) ? EgressVerdict.LITERAL : EgressVerdict.HOST);
    }

    private static boolean isAddress(String target) {
        return ADDRESS.matcher(target.replaceFirst(":[0-9]*$", "")).matches();
    }

    private EgressVerdict open(Destination destination) throws IOException {
        List<InetAddress> addresses;
        try {
            addresses = proxy.permitted(destination.host());
        } catch (UnknownHostException none) {
            return EgressVerdict.UNRESOLVED;
        }
        if (addresses.isEmpty()) {
            return EgressVerdict.ADDRESS;
        }
        int timeout = (int) proxy.limits().connect().toMillis();
        for (InetAddress address : addresses.subList(0, Math.min(MOST_ADDRESSES, addresses.size()))) {
            SocketChannel channel = SocketChannel.open();
            outside = channel;
            if (cut) {
                cut();
                return EgressVerdict.UNREACHABLE;
            }
            try {
                channel.socket().connect(new InetSocketAddress(address, destination.port()), timeout);
                channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
                return EgressVerdict.OPENED;
            } catch (IOException refused) {
                channel.close();
            }
        }
        return EgressVerdict.UNREACHABLE;
    }

    private void refuse(EgressVerdict verdict) throws IOException {
        byte[] body = (verdict.code() + ": " + verdict.sentence() + "\n").getBytes(StandardCharsets.UTF_8);
        String challenge = verdict == EgressVerdict.TOKEN ? "Proxy-Authenticate: Basic realm=\"stepgate\"\r\n" : "";
        String head = "HTTP/1.1 " + verdict.status() + " " + verdict.code()
                + "\r\nContent-Type: text/plain; charset=utf-8\r\n" + challenge + "Content-Length: " + body.length
                + "\r\nConnection: close\r\n\r\n";
        write(inside, ByteBuffer.wrap(head.getBytes(StandardCharsets.US_ASCII)));
        write(inside, ByteBuffer.wrap(body));
        inside.shutdownOutput();
        // What lies unread when it is closed would take the answer with it.
        ByteBuffer dropped = ByteBuffer.allocate(PIECE);
        for (int piece = 0; piece < MOST_DROPPED && inside.read(dropped.clear()) >= 0; piece++) {
            // Until its end, or for long enough.
        }
    }

    private void join(ByteBuffer early) throws IOException {
        SocketChannel open = outside;
        if (open == null) {
            return;
        }
        moved = System.nanoTime();
        Thread back = Thread.ofVirtual()
                .name("egress-back")
                .start(() -> pump(open, inside, received, ByteBuffer.allocate(0)));
        pump(inside, open, sent, early);
        try {
            back.join();
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** Until one end is silent for good; then the other is told so, and may go on. */
    private void pump(SocketChannel from, SocketChannel to, AtomicLong count, ByteBuffer early) {
        ByteBuffer piece = ByteBuffer.allocate(PIECE);
        piece.put(early).flip();
        try {
            do {
                int size = piece.remaining();
                if (!outlet.spends(size)) {
                    cut();
                    return;
                }
                write(to, piece);
                count.addAndGet(size);
                moved = System.nanoTime();
                piece.clear();
                if (from.read(piece) < 0) {
                    to.shutdownOutput();
                    return;
                }
                piece.flip();
            } while (true);
        } catch (IOException broken) {
            cut();
        }
    }

    private static void write(SocketChannel channel, ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    /** Cuts one that has been silent or open for too long. */
    void keepDeadlines(long now) {
        EgressLimits limits = proxy.limits();
        boolean asking = outside == null;
        Duration silence = asking ? limits.head().plus(limits.connect()) : limits.idle();
        if (now - moved > silence.toNanos() || now - began > limits.longest().toNanos()) {
            cut();
        }
    }

    /** Ends it, whoever waits in it. */
    void cut() {
        cut = true;
        closeQuietly(inside);
        closeQuietly(outside);
    }

    private static void closeQuietly(@Nullable SocketChannel channel) {
        try {
            if (channel != null) {
                channel.close();
            }
        } catch (IOException alreadyGone) {
            // What matters is that nobody can use it.
        }
    }
}
