package dev.stepgate.environment.egress;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Finds the addresses of a host. */
@FunctionalInterface
public interface HostResolver {

    /** @throws UnknownHostException when there are none, or not in time */
    List<InetAddress> resolve(String host, Duration within) throws UnknownHostException;

    /** The machine's own resolver, whose calls cannot be interrupted: on threads of their own, and not many. */
    static HostResolver system() {
        ThreadPoolExecutor lookups = new ThreadPoolExecutor(
                8,
                8,
                10,
                TimeUnit.SECONDS,
                new ArrayBlockingQueue<>(256),
                task -> Thread.ofPlatform().daemon().name("egress-resolve").unstarted(task));
        lookups.allowCoreThreadTimeOut(true);
        return (host, within) -> {
            try {
                Future<InetAddress[]> lookup = lookups.submit(() -> InetAddress.getAllByName(host));
                return List.of(lookup.get(within.toMillis(), TimeUnit.MILLISECONDS));
            } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
                throw new UnknownHostException("interrupted");
            } catch (ExecutionException | TimeoutException | RejectedExecutionException none) {
                throw new UnknownHostException(host);
            }
        };
    }
}
