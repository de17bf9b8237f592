package dev.stepgate.environment.egress;

import java.io.IOException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The way out of one sandbox, from its start to its end. Thread-safe. */
public final class Outlet implements AutoCloseable {
    /** The name that goes before the token. */
    public static final String USER = "stepgate";

    private static final int MOST_EARLY = 100;

    private final EgressProxy proxy;
    private final ServerSocketChannel channel;
    private final Set<Destination> listed;
    private final byte[] authorization;
    private final Set<EgressConnection> connections = ConcurrentHashMap.newKeySet();
    private final AtomicInteger opened = new AtomicInteger();
    private final AtomicLong bytes = new AtomicLong();
    private final List<EgressAttempt> early = new ArrayList<>();
    private @Nullable Consumer<EgressAttempt> told;

    Outlet(EgressProxy proxy, ServerSocketChannel channel, Set<Destination> listed, String token) {
        this.proxy = proxy;
        this.channel = channel;
        this.listed = Set.copyOf(listed);
        String pair = Base64.getEncoder().encodeToString((USER + ":" + token).getBytes(StandardCharsets.UTF_8));
        this.authorization = ("Basic " + pair).getBytes(StandardCharsets.UTF_8);
    }

    void begin() {
        Thread.ofVirtual().name("egress-accept").start(this::accept);
    }

    private void accept() {
        try {
            while (true) {
                SocketChannel inside = channel.accept();
                if (connections.size() >= 2 * proxy.limits().connections()) {
                    inside.close(); // not even told why: that would take a thread
                    continue;
                }
                EgressConnection connection = new EgressConnection(proxy, this, inside);
                connections.add(connection);
                Thread.ofVirtual().name("egress").start(connection);
            }
        } catch (IOException ended) {
            // The sandbox is gone, and its channel with it.
        } finally {
            close();
        }
    }

    /** Who is told of attempts; what came before is told now, the first hundred. */
    public synchronized void tell(Consumer<EgressAttempt> listener) {
        told = listener;
        early.forEach(listener);
        early.clear();
    }

    synchronized void over(EgressConnection connection, @Nullable EgressAttempt attempt) {
        connections.remove(connection);
        if (attempt == null) {
            return;
        }
        proxy.counted(attempt.verdict());
        if (told != null) {
            told.accept(attempt);
        } else if (early.size() < MOST_EARLY) {
            early.add(attempt);
        }
    }

    boolean isToken(String shown) {
        return java.security.MessageDigest.isEqual(authorization, shown.getBytes(StandardCharsets.UTF_8));
    }

    EgressVerdict admits(Destination destination) {
        if (listed.contains(destination)) {
            return EgressVerdict.OPENED;
        }
        boolean otherPort = listed.stream().anyMatch(known -> known.host().equals(destination.host()));
        return otherPort ? EgressVerdict.PORT : EgressVerdict.HOST;
    }

    boolean isBusy() {
        return connections.size() > proxy.limits().connections();
    }

    /** Whether a further connection may be asked for. */
    boolean takesAnother() {
        return opened.incrementAndGet() <= proxy.limits().opened() && spends(0);
    }

    /** Counts what passed; whether more may. */
    boolean spends(int count) {
        return bytes.addAndGet(count) <= proxy.limits().bytes();
    }

    void keepDeadlines(long now) {
        connections.forEach(connection -> connection.keepDeadlines(now));
    }

    /** Cuts what is open. Its channel is closed by its owner. */
    @Override
    public void close() {
        connections.forEach(EgressConnection::cut);
        proxy.ended(this);
    }
}
