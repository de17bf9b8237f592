package dev.stepgate.environment.driver;

import dev.stepgate.environment.Dial;
import dev.stepgate.environment.Sandbox;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A sandbox whose outermost process is a child of this one. Thread-safe but for its streams. */
final class ProcessSandbox implements Sandbox {
    private static final Duration LOOK_EVERY = Duration.ofMillis(2);
    private static final Duration GONE_WITHIN = Duration.ofSeconds(5);

    private final Process process;
    private final StderrTail stderr;
    private final @Nullable Dial dial;
    private final AtomicReference<@Nullable Runnable> afterwards;
    private volatile List<ProcessHandle> ended = List.of();

    /**
     * @param dial the way to the port that the program listens on, or null
     * @param afterwards run once when the sandbox is closed, for what the driver must put away
     */
    ProcessSandbox(Process process, @Nullable Dial dial, Runnable afterwards) {
        this.process = process;
        this.dial = dial;
        this.stderr = StderrTail.of(process.getErrorStream());
        this.afterwards = new AtomicReference<>(afterwards);
    }

    @Override
    public InputStream stdout() {
        return process.getInputStream();
    }

    @Override
    public OutputStream stdin() {
        return process.getOutputStream();
    }

    @Override
    public String stderrTail() {
        return stderr.text();
    }

    @Override
    public Optional<Dial> dial() {
        return Optional.ofNullable(dial);
    }

    @Override
    public CompletionStage<Integer> exit() {
        return process.onExit().thenApply(Process::exitValue);
    }

    /** The processes of the tree that live now; the outermost first. */
    List<ProcessHandle> tree() {
        return Stream.concat(Stream.of(process.toHandle()), process.descendants())
                .toList();
    }

    /**
     * Kills the whole tree without asking. The list is taken before the first kill, because the children of a dead process
     * are no longer found below it; in a process namespace the death of its first process ends all others anyway.
     */
    @Override
    public void close() {
        List<ProcessHandle> tree = tree();
        ended = tree;
        tree.forEach(ProcessHandle::destroyForcibly);
        if (!areGone(tree)) {
            System.getLogger(ProcessSandbox.class.getName())
                    .log(System.Logger.Level.ERROR, "sandbox=not-gone pid={0}", String.valueOf(process.pid()));
        }
        closeStreams();
        Runnable last = afterwards.getAndSet(null);
        if (last != null) {
            last.run();
        }
    }

    /**
     * Looks every few milliseconds: for a process that is not a direct child {@link ProcessHandle#onExit()} looks only
     * once or twice a second.
     */
    private static boolean areGone(List<ProcessHandle> tree) {
        long giveUp = System.nanoTime() + GONE_WITHIN.toNanos();
        while (tree.stream().anyMatch(ProcessSandbox::lives)) {
            if (System.nanoTime() > giveUp) {
                return false;
            }
            LockSupport.parkNanos(LOOK_EVERY.toNanos());
        }
        return true;
    }

    /** A killed process that nobody has waited for yet runs no more, but still has its entry. */
    private static boolean lives(ProcessHandle process) {
        if (!process.isAlive()) {
            return false;
        }
        try {
            String stat = Files.readString(Path.of("/proc", String.valueOf(process.pid()), "stat"));
            return !stat.substring(stat.lastIndexOf(')') + 1).strip().startsWith("Z");
        } catch (IOException unknown) {
            return process.isAlive();
        }
    }

    private void closeStreams() {
        try {
            process.getOutputStream().close();
            process.getInputStream().close();
        } catch (IOException alreadyGone) {
            // A broken pipe is what is expected of a dead program.
        }
    }

    @Override
    public boolean provedGone() {
        return !lives(process.toHandle()) && ended.stream().noneMatch(ProcessSandbox::lives);
    }
}
