package dev.stepgate.gateway.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stepgate.environment.Isolation;
import dev.stepgate.environment.Profile;
import dev.stepgate.environment.Rubric;
import dev.stepgate.environment.Sandbox;
import dev.stepgate.environment.SandboxDrivers;
import dev.stepgate.environment.driver.LocalDrivers;
import dev.stepgate.environment.egress.EgressLimits;
import dev.stepgate.environment.egress.EgressProxy;
import dev.stepgate.environment.egress.HostResolver;
import dev.stepgate.gateway.reward.Verdict;
import dev.stepgate.scrub.Scrubber;
import dev.stepgate.tool.Deadline;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Without isolation, so that it runs everywhere; what the drivers do is in their contract. */
@Timeout(60)
class VerificationTest {
    private static final Isolation ISOLATION =
            new Isolation(Profile.DEV, Set.of(), new Isolation.Limits(512L << 20, 64, 1L << 20, 1L << 20, 256));

    private final SandboxDrivers drivers = LocalDrivers.create();
    private final EgressProxy egress = new EgressProxy(HostResolver.system(), Set.of(), EgressLimits.DEFAULT);
    private final Sandboxes sandboxes = new Sandboxes(drivers, egress);

    @TempDir
    Path outside = Path.of("");

    private Sandbox agent = started("true");

    @BeforeEach
    void fillTheWorkspace() throws IOException {
        agent.close();
        Path secret = Files.writeString(outside.resolve("expected"), "42");
        agent = started("echo 42 >answer; ln -s answer near; ln -s " + secret + " far; mkdir in; ln -s ../answer in/up;"
                + " ln -s ../../../../../../../.." + secret + " in/away; echo filled; read line");
        assertThat(new String(agent.stdout().readNBytes(7), StandardCharsets.UTF_8))
                .isEqualTo("filled\n");
    }

    @AfterEach
    void end() {
        agent.close();
        egress.close();
        drivers.close();
    }

    @Test
    void scoresWhatLiesInTheWorkspace() {
        assertThat(asked("[ \"$(cat answer)\" = 42 ] && echo about to tell && echo 0.75"))
                .isEqualTo(new Verdict.Scored(0.75));
        assertThat(asked("echo '{\"reward\": -1, \"because\": \"no\"}'; echo")).isEqualTo(new Verdict.Scored(-1));
    }

    @Test
    void followsNoLinkOutOfTheCopyAndChangesNothingInTheOriginal() {
        assertThat(
                        asked(
                                "[ \"$(cat near in/up)\" = \"$(printf '42\\n42')\" ] && ! [ -L far ] && ! [ -L in/away ] && echo 1"))
                .isEqualTo(new Verdict.Scored(1));
        assertThat(asked("rm answer && echo 1")).isEqualTo(new Verdict.Scored(1));
        assertThat(asked("cat answer >/dev/null && echo 2")).isEqualTo(new Verdict.Scored(2));
    }

    @Test
    void hasNoVerdictRatherThanNothingWhereAVerifierFails() {
        assertThat(asked("exit 7")).isEqualTo(new Verdict.None("the verifier ended with status 7"));
        assertThat(asked("echo 1; sleep 30", Duration.ofMillis(1500), "sh"))
                .isInstanceOfSatisfying(
                        Verdict.None.class,
                        none -> assertThat(none.reason()).matches("the verifier had not ended after 1[45]\\d\\d ms"));
        for (String text : List.of("", "NaN", "1 2", "\"1\"", "{\"score\": 1}", "{\"reward\": \"1\"}", "1e999")) {
            assertThat(asked("echo '" + text + "'")).isInstanceOf(Verdict.None.class);
        }
        assertThat(asked("", Duration.ofSeconds(9), "no-such-program-here"))
                .isEqualTo(
                        new Verdict.None(
                                "the verifier cannot be started: the program `no-such-program-here` is not installed on this machine"));
        agent.close();
        assertThat(asked("echo 1")).isEqualTo(new Verdict.None("the workspace could not be copied for the verifier"));
    }

    @Test
    void copiesNoWorkspaceBeyondItsLimit() throws IOException {
        agent.close();
        agent = started("head -c 900000 /dev/zero >a; cp a b; cp a c; echo filled; read line");
        agent.stdout().readNBytes(7);
        assertThat(asked("echo 1")).isEqualTo(new Verdict.None("the workspace could not be copied for the verifier"));
    }

    /** A program that goes on saying what nobody wants to read must not wait for a reader. */
    @Test
    void readsNoMoreThanItKeeps() {
        assertThat(asked("head -c 3000000 /dev/zero | tr '\\0' x; echo; echo 1"))
                .isInstanceOf(Verdict.None.class);
    }

    private Verdict asked(String script) {
        return asked(script, Duration.ofSeconds(20), "sh");
    }

    private Verdict asked(String script, Duration timeout, String command) {
        Rubric.Verifier verifier = new Rubric.Verifier("work", command, List.of("-c", script), Map.of(), null, timeout);
        return new Verification(sandboxes)
                .verdict("e", verifier, ISOLATION, agent, Scrubber.NONE, Deadline.in(Duration.ofSeconds(30)));
    }

    private Sandbox started(String script) {
        return sandboxes
                .start(
                        new Sandboxes.Program(
                                "sh", List.of("-c", script), Map.of(), null, 0, Map.of(), Map.of(), List.of()),
                        ISOLATION)
                .sandbox();
    }
}
