package dev.stepgate.environment.driver;

import java.io.IOException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;

/**
 * Starts processes, all from one thread that never ends. A sandbox asks the kernel to be killed when its parent dies, and
 * the kernel means the thread that started it: one that was started from a pool or a virtual thread would die with the
 * pool's thread or with the carrier (containers/bubblewrap issue 692).
 */
final class Spawner {
    private final ExecutorService thread = Executors.newSingleThreadExecutor(
            Thread.ofPlatform().name("sandbox-spawner").daemon().factory());

    Process start(ProcessBuilder builder) throws IOException {
        try {
            return thread.submit(builder::start).get();
        } catch (RejectedExecutionException closed) {
            throw new IOException("no process is started any more: the gateway is ending", closed);
        } catch (ExecutionException failed) {
            throw new IOException("the process cannot be started", failed.getCause());
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while a process was started", interrupted);
        }
    }

    void close() {
        thread.shutdown();
    }
}
