package dev.stepgate.environment.bundled;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import dev.stepgate.environment.Sandbox;
import dev.stepgate.environment.bundled.BundledEnvironment.SandboxStarter;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A shell inside a sandbox that does what the gateway asks, one thing after the other: it runs commands and moves files. It
 * needs nothing but a POSIX shell and the tools that come with it.
 *
 * <p>What it sends back is the word of the sandbox: whatever runs inside can forge it. So nothing that is paid for is decided by
 * it, and every reply is bounded and must name its request. A request whose thread is interrupted leaves the worker busy until
 * that command's own time is up; its late reply is then dropped.
 *
 * <p>Safe for use by many threads, which take turns.
 */
final class SandboxWorker implements AutoCloseable {
    /** Replies are cut at this many bytes. */
    static final int MAX_REPLY = 1 << 20;

    private static final int MAX_HEADER = 100;
    private static final int GRACE_SECONDS = 5;

    /**
     * A request is a line {@code ID OPERATION BYTES BYTES N} and so many bytes; a reply is {@code ID STATUS BYTES} and its
     * bytes. The shell reads its line byte by byte and {@code head -c} no further than it is told, so both may share the
     * stream.
     */
    private static final String LOOP = """
            scratch=$(mktemp -d "${TMPDIR:-/tmp}/worker.XXXXXX") || exit 1
            umask 022
            while IFS=' ' read -r id operation a b n; do
              argument=$(head -c "$a"; printf .); argument=${argument%.}
              head -c "$b" >"$scratch/in"
              : >"$scratch/out"
              case $operation in
                run) timeout -k 1 "$n" sh -c "$argument" <"$scratch/in" >"$scratch/out" 2>&1; status=$? ;;
                read) head -c "$n" <"$argument" >"$scratch/out" 2>/dev/null; status=$? ;;
                write) mkdir -p "$(dirname "$argument")" && cat "$scratch/in" >"$argument"; status=$? ;;
                pack) tar -cf - . 2>/dev/null | head -c "$n" >"$scratch/out"; status=0 ;;
                unpack) tar -xmf "$scratch/in" 2>/dev/null; status=$? ;;
              esac 2>/dev/null
              size=$(wc -c <"$scratch/out"); [ "$size" -le MAX_REPLY ] || size=MAX_REPLY
              printf '%s %s %d\\n' "$id" "$status" "$size"
              head -c "$size" "$scratch/out"
            done
            """.replace("MAX_REPLY", String.valueOf(MAX_REPLY));

    private static final SecureRandom RANDOM = new SecureRandom();

    private final Sandbox sandbox;
    private final OutputStream requests;
    private final ReentrantLock turn = new ReentrantLock(true);
    private final AtomicReference<@Nullable Awaited> awaited = new AtomicReference<>();
    private volatile boolean lost;

    private record Awaited(String id, CompletableFuture<Reply> reply) {}

    /**
     * What a request came to.
     *
     * @param status the exit status; 124 for a command that took too long
     * @param bytes its output, or the file
     */
    record Reply(int status, byte[] bytes) {
        String text() {
            return new String(bytes, UTF_8);
        }
    }

    private SandboxWorker(Sandbox sandbox) {
        this.sandbox = sandbox;
        this.requests = sandbox.stdin();
        // Reading a pipe pins a virtual thread, and a silent worker would pin it for as long as it lives.
        Thread.ofPlatform().name("workspace-replies").daemon().start(this::readReplies);
    }

    static SandboxWorker start(SandboxStarter sandboxes) {
        return new SandboxWorker(sandboxes.start(
                "/bin/sh",
                List.of(
                        "-c",
                        "PATH=" + SandboxStarter.JDK + "/bin:/usr/local/bin:/usr/bin:/bin; export PATH\n" + LOOP)));
    }

    /**
     * Runs a shell command.
     *
     * @param input its standard input
     * @param seconds after which it is killed
     */
    Reply run(String command, byte[] input, int seconds) {
        return ask("run", command, input, seconds, seconds + GRACE_SECONDS);
    }

    /** The first so many bytes of a file; a status other than 0 where there is none. */
    Reply read(String path, int most) {
        return ask("read", path, new byte[0], most, 2 * GRACE_SECONDS);
    }

    Reply write(String path, byte[] content) {
        return ask("write", path, content, 0, 2 * GRACE_SECONDS);
    }

    /** All files as a tar archive; cut, and so of no use, where it would be longer than a reply. */
    Reply pack() {
        return ask("pack", "", new byte[0], MAX_REPLY, 4 * GRACE_SECONDS);
    }

    Reply unpack(byte[] archive) {
        return ask("unpack", "", archive, 0, 4 * GRACE_SECONDS);
    }

    boolean usable() {
        return !lost;
    }

    private Reply ask(String operation, String argument, byte[] input, int number, int seconds) {
        byte[] argumentBytes = argument.getBytes(UTF_8);
        byte[] nonce = new byte[8];
        RANDOM.nextBytes(nonce);
        String id = HexFormat.of().formatHex(nonce);
        String line = String.join(" ", id, operation, "" + argumentBytes.length, "" + input.length, "" + number) + "\n";
        try {
            turn.lockInterruptibly();
        } catch (InterruptedException e) {
            throw interrupted();
        }
        try {
            CompletableFuture<Reply> reply = new CompletableFuture<>();
            awaited.set(new Awaited(id, reply));
            if (lost) {
                throw gone();
            }
            requests.write(line.getBytes(ISO_8859_1));
            requests.write(argumentBytes);
            requests.write(input);
            requests.flush();
            return reply.get(seconds, TimeUnit.SECONDS);
        } catch (IOException | ExecutionException | TimeoutException broken) {
            lose();
            throw gone();
        } catch (InterruptedException e) {
            throw interrupted();
        } finally {
            turn.unlock();
        }
    }

    private void readReplies() {
        try (InputStream replies = new BufferedInputStream(sandbox.stdout())) {
            while (true) {
                String[] header = header(replies).split(" ", -1);
                if (header.length != 3) {
                    break;
                }
                int size = Integer.parseInt(header[2]);
                if (size < 0 || size > MAX_REPLY) {
                    break;
                }
                Reply reply = new Reply(Integer.parseInt(header[1]), replies.readNBytes(size));
                Awaited waiting = awaited.get();
                if (waiting != null && waiting.id().equals(header[0])) {
                    waiting.reply().complete(reply);
                }
            }
        } catch (IOException | NumberFormatException ended) {
            // As after a header that is none: the worker is of no more use.
        }
        lose();
    }

    private static String header(InputStream replies) throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int next = replies.read(); next != '\n'; next = replies.read()) {
            if (next < 0 || line.size() > MAX_HEADER) {
                throw new IOException("no header");
            }
            line.write(next);
        }
        return line.toString(ISO_8859_1);
    }

    private void lose() {
        lost = true;
        Awaited waiting = awaited.get();
        if (waiting != null) {
            waiting.reply().completeExceptionally(new IOException("the worker is gone"));
        }
    }

    private static EnvironmentFailed gone() {
        return new EnvironmentFailed("the workspace's process has ended or does not answer");
    }

    private static EnvironmentFailed interrupted() {
        Thread.currentThread().interrupt();
        return new EnvironmentFailed("the call was given up");
    }

    @Override
    public void close() {
        lose();
        sandbox.close();
    }
}
