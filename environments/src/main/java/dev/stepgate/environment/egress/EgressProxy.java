package dev.stepgate.environment.egress;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.channels.ServerSocketChannel;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;

/**
 * Lets sandboxes out, each through a socket of its own and to the hosts that are listed for it. A name is resolved here, once;
 * every address that it has is looked at, and the connection goes to one of exactly those. Thread-safe.
 */
public final class EgressProxy implements AutoCloseable {
    private static final Duration LOOK_EVERY = Duration.ofMillis(250);

    private final HostResolver resolver;
    private final Set<String> developmentHosts;
    private final EgressLimits limits;
    private final Set<Outlet> outlets = ConcurrentHashMap.newKeySet();
    private final Map<EgressVerdict, LongAdder> counts = new EnumMap<>(EgressVerdict.class);
    private volatile boolean closed;

    /**
     * @param developmentHosts names that may lead to this machine or a private network; none where agents do real work
     */
    public EgressProxy(HostResolver resolver, Set<String> developmentHosts, EgressLimits limits) {
        this.resolver = resolver;
        this.developmentHosts = developmentHosts.stream()
                .map(name -> name.toLowerCase(Locale.ROOT))
                .collect(Collectors.toUnmodifiableSet());
        this.limits = limits;
        for (EgressVerdict verdict : EgressVerdict.values()) {
            counts.put(verdict, new LongAdder());
        }
        Thread.ofVirtual().name("egress-deadlines").start(this::keepDeadlines);
    }

    /**
     * Lets one sandbox out for as long as the channel is open.
     *
     * @param channel where what the sandbox connects to arrives; closed by its owner
     * @param token what each request must show
     */
    public Outlet serve(ServerSocketChannel channel, Set<Destination> listed, String token) {
        Outlet outlet = new Outlet(this, channel, listed, token);
        outlets.add(outlet);
        outlet.begin();
        return outlet;
    }

    /** How many attempts came to this, in all sandboxes. */
    public long count(EgressVerdict verdict) {
        return counter(verdict).sum();
    }

    void counted(EgressVerdict verdict) {
        counter(verdict).increment();
    }

    private LongAdder counter(EgressVerdict verdict) {
        LongAdder counter = counts.get(verdict);
        return counter == null ? new LongAdder() : counter;
    }

    EgressLimits limits() {
        return limits;
    }

    void ended(Outlet outlet) {
        outlets.remove(outlet);
    }

    /** All addresses of a host; empty where one of them may not be connected to. */
    List<InetAddress> permitted(String host) throws UnknownHostException {
        List<InetAddress> addresses = resolver.resolve(host, limits.connect());
        boolean near = developmentHosts.contains(host);
        boolean all = addresses.stream()
                .allMatch(address -> PublicAddresses.contain(address) || (near && PublicAddresses.isNear(address)));
        return all ? addresses : List.of();
    }

    private void keepDeadlines() {
        while (!closed) {
            LockSupport.parkNanos(LOOK_EVERY.toNanos());
            long now = System.nanoTime();
            outlets.forEach(outlet -> outlet.keepDeadlines(now));
        }
    }

    @Override
    public void close() {
        closed = true;
        outlets.forEach(Outlet::close);
    }
}
