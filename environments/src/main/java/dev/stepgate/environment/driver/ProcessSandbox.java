package dev.stepgate.environment.driver;

import dev.stepgate.environment.Dial;
import dev.stepgate.environment.Sandbox;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.ServerSocketChannel;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A sandbox whose outermost process is a child of this one. Thread-safe but for its streams. */
final class ProcessSandbox implements Sandbox {
    private static final Duration LOOK_EVERY = Duration.ofMillis(2);
    private static final Duration GONE_WITHIN = Duration.ofSeconds(5);

    private final Process process;
    private final StderrTail stderr;
    private final @Nullable Dial dial;
    private final @Nullable ServerSocketChannel wayOut;
    private final WorkspaceCopy workspace;
    private final AtomicReference<@Nullable Runnable> afterwards;
    private final Function<Process, Stream<ProcessHandle>> descendants;
    private volatile Set<ProcessHandle> ended = Set.of();

    /**
     * @param descendants how its other processes are found
     * @param dial the way to the port that the program listens on, or null
     * @param workspace how its workspace is read
     * @param afterwards run once when the sandbox is closed, for what the driver must put away
     */
    ProcessSandbox(
            Process process,
            @Nullable Dial dial,
            WorkspaceCopy workspace,
            Function<Process, Stream<ProcessHandle>> descendants,
            Runnable afterwards) {
        this(process, dial, null, workspace, descendants, afterwards);
    }

    /** @param wayOut where what it sends out arrives, or null */
    ProcessSandbox(
            Process process,
            @Nullable Dial dial,
            @Nullable ServerSocketChannel wayOut,
            WorkspaceCopy workspace,
            Function<Process, Stream<ProcessHandle>> descendants,
            Runnable afterwards) {
        this.wayOut = wayOut;
        this.workspace = workspace;
        this.descendants = descendants;
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
    public Optional<ServerSocketChannel> wayOut() {
        return Optional.ofNullable(wayOut);
    }

    @Override
    public void copyWorkspace(OutputStream archive) throws IOException {
        workspace.to(archive);
    }

    @Override
    public CompletionStage<Integer> exit() {
        return process.onExit().thenApply(Process::exitValue);
    }

    /** The processes of the tree that live now; the outermost first. */
    List<ProcessHandle> tree() {
        return Stream.concat(Stream.of(process.toHandle()), descendants.apply(process))
                .distinct()
                .toList();
    }

    /**
     * Kills the whole tree without asking, and looks again until nothing is found: what is killed may have started another
     * just before. What was found once is remembered, because the children of a dead process are no longer found below it;
     * in a process namespace the death of its first process ends all others anyway.
     */
    @Override
    public void close() {
        if (wayOut != null) {
            WayOut.close(wayOut);
        }
        Set<ProcessHandle> found = new HashSet<>();
        long giveUp = System.nanoTime() + GONE_WITHIN.toNanos();
        do {
            List<ProcessHandle> living =
                    tree().stream().filter(ProcessSandbox::lives).toList();
            found.addAll(living);
            ended = Set.copyOf(found);
            living.forEach(ProcessHandle::destroyForcibly);
            if (provedGone()) {
                break;
            }
            LockSupport.parkNanos(LOOK_EVERY.toNanos());
        } while (System.nanoTime() < giveUp);
        if (!provedGone()) {
            System.getLogger(ProcessSandbox.class.getName())
                    .log(System.Logger.Level.ERROR, "sandbox=not-gone pid={0}", String.valueOf(process.pid()));
        }
        closeStreams();
        Runnable last = afterwards.getAndSet(null);
        if (last != null) {
            last.run();
        }
    }

    /** A killed process that nobody has waited for yet runs no more, but still has its entry. */
    private static boolean lives(ProcessHandle process) {
        if (!process.isAlive()) {
            return false;
        }
        return ProcessStat.of(process.pid()).map(stat -> !stat.hasEnded()).orElseGet(process::isAlive);
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
        return Stream.concat(tree().stream(), ended.stream()).noneMatch(ProcessSandbox::lives);
    }
}
