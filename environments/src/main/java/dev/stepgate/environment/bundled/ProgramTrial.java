package dev.stepgate.environment.bundled;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.stepgate.environment.bundled.SandboxWorker.Reply;
import dev.stepgate.environment.bundled.WorkspaceTask.Try;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Compiles the Java program of a workspace and tries it on inputs. Only inputs go into the sandbox; what should come out is
 * compared here.
 *
 * @param problem what the compiler said, or null where it compiled
 * @param verdicts one for each try, in order; empty where it did not compile
 */
record ProgramTrial(@Nullable String problem, List<Verdict> verdicts) {
    private static final int COMPILE_SECONDS = 20;
    private static final int TRY_SECONDS = 5;
    private static final int ALL_SECONDS = 24;
    private static final int LONGEST_PROBLEM = 4_000;
    private static final String COMPILE = "rm -rf build && mkdir build &&"
            + " javac -J-Xmx192m -J-XX:+UseSerialGC -J-XX:TieredStopAtLevel=1 -nowarn -d build *.java";
    private static final String RUN =
            "exec java -Xmx128m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -cp build Main 2>/dev/null";

    /**
     * How one try went.
     *
     * @param output what the program printed
     */
    record Verdict(Try tried, boolean passed, boolean tookTooLong, String output) {}

    static ProgramTrial of(SandboxWorker worker, List<Try> tries) {
        Reply compiled = worker.run(COMPILE, new byte[0], COMPILE_SECONDS);
        if (compiled.status() != 0) {
            String said = compiled.status() == 124 ? "the compiler took too long" : compiled.text();
            return new ProgramTrial(said.substring(0, Math.min(said.length(), LONGEST_PROBLEM)), List.of());
        }
        List<Verdict> verdicts = new ArrayList<>();
        long giveUp = System.nanoTime() + ALL_SECONDS * 1_000_000_000L;
        for (Try tried : tries) {
            verdicts.add(System.nanoTime() < giveUp ? verdict(worker, tried) : new Verdict(tried, false, true, ""));
        }
        return new ProgramTrial(null, verdicts);
    }

    private static Verdict verdict(SandboxWorker worker, Try tried) {
        Reply ran = worker.run(RUN, tried.input().getBytes(UTF_8), TRY_SECONDS);
        String output = ran.text();
        return new Verdict(tried, ran.status() == 0 && tried.isPassedBy(output), ran.status() == 124, output);
    }

    long passed() {
        return verdicts.stream().filter(Verdict::passed).count();
    }
}
