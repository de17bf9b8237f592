package dev.stepgate.gateway.upstream;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.stepgate.environment.Isolation;
import dev.stepgate.environment.Rubric;
import dev.stepgate.environment.Sandbox;
import dev.stepgate.gateway.reward.Verdict;
import dev.stepgate.scrub.Scrubber;
import dev.stepgate.tool.Deadline;
import dev.stepgate.tool.Refusal;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Asks the verifiers of runs. Each is a program in a new sandbox under the environment's own isolation, without a way out and
 * without credentials, that begins in a copy of the workspace: what the agent has started sees nothing of it, and it changes
 * nothing there. Thread-safe.
 */
final class Verification {
    /** What a verifier may say; its last line counts. */
    private static final int MOST_SAID = 64 << 10;

    private static final int LONGEST_TOLD = 2_000;
    private static final int NOT_UNPACKED = 125;

    /**
     * Unpacks the copy that comes on standard input, takes away the links that lead out of it, which would be read as files of
     * the verifier's own, and becomes the verifier.
     */
    private static final List<String> LAUNCHER = List.of("/bin/sh", "-c", """
            tar --extract --file=- --no-same-owner --no-same-permissions --touch >&2 || exit 125
            find . -type l -exec /bin/sh -c 'for l; do
              case $(readlink -f -- "$l") in "$0"/*) ;; *) rm -f -- "$l" || exit 1 ;; esac
            done' "$(pwd -P)" {} + >&2 || exit 125
            exec "$@" </dev/null
            """, "stepgate-verify");

    private static final ObjectMapper JSON = new ObjectMapper().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

    private final Sandboxes sandboxes;

    Verification(Sandboxes sandboxes) {
        this.sandboxes = sandboxes;
    }

    /**
     * @param seen whose workspace is copied
     * @param scrubber of what is told in the log
     */
    Verdict verdict(
            String environment,
            Rubric.Verifier verifier,
            Isolation isolation,
            Sandbox seen,
            Scrubber scrubber,
            Deadline deadline) {
        Isolation closed = new Isolation(isolation.profile(), isolation.required(), isolation.limits());
        Sandbox sandbox;
        try {
            sandbox = sandboxes
                    .start(Sandboxes.Program.of(verifier, LAUNCHER), closed)
                    .sandbox();
        } catch (Refusal refusal) {
            return new Verdict.None("the verifier cannot be started: " + refusal.reason());
        }
        try (sandbox) {
            Verdict verdict = ended(verifier, isolation.limits(), seen, sandbox, deadline);
            if (verdict instanceof Verdict.None(String reason)) {
                tell(environment, reason, scrubber.text(sandbox.stderrTail()));
            }
            return verdict;
        }
    }

    private static Verdict ended(
            Rubric.Verifier verifier, Isolation.Limits limits, Sandbox seen, Sandbox sandbox, Deadline deadline) {
        Duration patience = deadline.atMost(verifier.timeout()).remaining();
        CompletableFuture<String> said = aside(() -> read(sandbox.stdout()));
        CompletableFuture<Boolean> copied = aside(() -> {
            try (OutputStream archive = new Bounded(sandbox.stdin(), 2 * limits.diskBytes())) {
                seen.copyWorkspace(archive);
            }
            return true;
        });
        CompletableFuture<Integer> status = sandbox.exit().toCompletableFuture();
        try {
            // A copy that fails ends the archive early, and a verifier that ends early the copy: neither waits for the
            // other.
            CompletableFuture.allOf(copied.exceptionally(_ -> false), status)
                    .get(Math.max(0, patience.toNanos()), TimeUnit.NANOSECONDS);
            int code = status.join();
            if (code == NOT_UNPACKED || (code == 0 && copied.isCompletedExceptionally())) {
                return new Verdict.None("the workspace could not be copied for the verifier");
            }
            return code == 0 ? said(said.join()) : new Verdict.None("the verifier ended with status " + code);
        } catch (TimeoutException late) {
            return new Verdict.None("the verifier had not ended after " + Math.max(0, patience.toMillis()) + " ms");
        } catch (ExecutionException | CompletionException failed) {
            return new Verdict.None("what the verifier said could not be read");
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            return new Verdict.None("the verifier was interrupted");
        }
    }

    private interface Work<T> {
        T result() throws IOException;
    }

    private static <T> CompletableFuture<T> aside(Work<T> work) {
        CompletableFuture<T> future = new CompletableFuture<>();
        Thread.ofVirtual().name("verification").start(() -> {
            try {
                future.complete(work.result());
            } catch (IOException | RuntimeException failed) {
                future.completeExceptionally(failed);
            }
        });
        return future;
    }

    /** All of it, so that the program can go on; the first part is kept. */
    private static String read(InputStream stdout) throws IOException {
        byte[] kept = stdout.readNBytes(MOST_SAID);
        stdout.transferTo(OutputStream.nullOutputStream());
        return new String(kept, StandardCharsets.UTF_8);
    }

    private static Verdict said(String text) {
        String line = text.strip();
        line = line.substring(line.lastIndexOf('\n') + 1).strip();
        try {
            JsonNode verdict = JSON.readTree(line);
            JsonNode score = verdict.isObject() ? verdict.path("reward") : verdict;
            if (score.isNumber() && Double.isFinite(score.doubleValue())) {
                return new Verdict.Scored(score.doubleValue());
            }
        } catch (JsonProcessingException noJson) {
            // Told below, like any other last line that is no score.
        }
        return new Verdict.None("the verifier's last line is neither a number nor an object with `reward`");
    }

    private static void tell(String environment, String reason, String stderr) {
        System.getLogger(Verification.class.getName())
                .log(
                        System.Logger.Level.WARNING,
                        "verifier=no-verdict environment={0} reason={1} stderr={2}",
                        environment,
                        reason,
                        stderr.substring(Math.max(0, stderr.length() - LONGEST_TOLD)));
    }

    /** A workspace without a limit of its own is not copied without one. */
    private static final class Bounded extends FilterOutputStream {
        private long left;

        Bounded(OutputStream out, long most) {
            super(out);
            left = most;
        }

        @Override
        public void write(byte[] bytes, int from, int length) throws IOException {
            left -= length;
            if (left < 0) {
                throw new IOException("the workspace is larger than its disk limit");
            }
            out.write(bytes, from, length);
        }
    }
}
