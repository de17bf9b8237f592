import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** The smallest check runner that reports whole: one line a check, a count at the end, a bound on every check. */
final class Checks {
    interface Body {
        void run() throws Exception;
    }

    /** Says that a check cannot be made here, and why. */
    static final class Skip extends RuntimeException {
        private static final long serialVersionUID = 1;

        Skip(String reason) {
            super(reason);
        }
    }

    private record Check(String name, int seconds, Body body) {}

    private final List<Check> checks = new ArrayList<>();

    void add(String name, int seconds, Body body) {
        checks.add(new Check(name, seconds, body));
    }

    /** Runs all and ends the process: with 1 if any failed. A body that hangs is left behind on its thread. */
    void run() {
        int passed = 0, failed = 0, skipped = 0;
        for (Check check : checks) {
            var done = new CompletableFuture<Void>();
            Thread.startVirtualThread(() -> {
                try {
                    check.body().run();
                    done.complete(null);
                } catch (Throwable problem) {
                    done.completeExceptionally(problem);
                }
            });
            try {
                done.get(check.seconds(), TimeUnit.SECONDS);
                passed++;
                System.out.println("ok " + check.name());
            } catch (TimeoutException late) {
                failed++;
                System.out.println("not ok " + check.name() + ": took longer than " + check.seconds() + " s");
            } catch (Exception problem) {
                if (problem.getCause() instanceof Skip skip) {
                    skipped++;
                    System.out.println("skip " + check.name() + ": " + skip.getMessage());
                } else {
                    failed++;
                    System.out.println("not ok " + check.name() + ": " + oneLine(problem.getCause()));
                }
            }
        }
        System.out.println(passed + " passed, " + failed + " failed, " + skipped + " skipped");
        System.exit(failed > 0 ? 1 : 0);
    }

    /** A capability is part of a URL under /e/; it must not be printed, not even by a failing check. */
    private static String oneLine(Throwable problem) {
        String text = (problem + " ").replaceAll("/e/[A-Za-z0-9_-]+", "/e/***").replaceAll("\\s+", " ");
        return text.length() < 500 ? text : text.substring(0, 500);
    }

    static void require(boolean holds, String otherwise) {
        if (!holds) throw new AssertionError(otherwise);
    }

    static void equal(Object actual, Object expected, String what) {
        require(expected.equals(actual), what + ": expected " + expected + ", got " + actual);
    }
}
