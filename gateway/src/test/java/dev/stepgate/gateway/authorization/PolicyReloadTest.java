package dev.stepgate.gateway.authorization;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stepgate.gateway.catalog.ServedEnvironment.State;
import dev.stepgate.tool.Refusal;
import dev.stepgate.yaml.Problem;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PolicyReloadTest {
    private static final String BROKEN =
            "policy: { name: e, version: 9 }\nenv: e\ntools: { u.sya: { allow: [ { id: a } ] } }\n";

    @TempDir
    Path folder = Path.of("");

    @Test
    void swapsAPolicyForTheNext() throws Exception {
        GovernedEnvironment governed = new GovernedEnvironment(folder, policy(1));
        governed.authorize("a").end(true);
        assertThat(governed.grounds().policy()).isEqualTo("e@1");
        governed.write(policy(2));

        assertThat(governed.reload().reload()).isEqualTo(new PolicyReload.Outcome(Map.of("e", "e@2"), List.of()));
        governed.authorize("a").end(true);
        assertThat(governed.grounds().policy()).isEqualTo("e@2");
        assertThat(governed.grounds().rules()).containsExactly("rule-2");
    }

    @Test
    void keepsTheGoodPolicyUnderABrokenOne() throws Exception {
        GovernedEnvironment governed = new GovernedEnvironment(folder, policy(1));
        for (String broken : List.of(BROKEN, "tools: [", "", "env: e", policy(2).replace("u.say", "u.say2"))) {
            governed.write(broken);

            PolicyReload.Outcome outcome = governed.reload().reload();
            assertThat(outcome.problems())
                    .as(broken)
                    .isNotEmpty()
                    .allSatisfy(problem -> assertThat(problem.place().file()).endsWith("e.yaml"));
            assertThat(outcome.policies()).containsEntry("e", "e@1");
            governed.authorize("a").end(true);
            assertThat(governed.grounds().policy()).isEqualTo("e@1");
        }
    }

    @Test
    void keepsTheGoodPoliciesUnderTwoThatGovernTheSame() throws Exception {
        GovernedEnvironment governed = new GovernedEnvironment(folder, policy(1));
        Files.writeString(governed.file().resolveSibling("f.yaml"), policy(2).replace("env: e", "env: \"*\""));

        assertThat(governed.reload().reload().problems())
                .singleElement()
                .satisfies(problem ->
                        assertThat(problem.toString()).contains("e.yaml").contains("f.yaml"));
        assertThat(governed.reload().inForce()).containsEntry("e", "e@1");
    }

    @Test
    void allowsNothingOnceTheFileIsGone() throws Exception {
        GovernedEnvironment governed = new GovernedEnvironment(folder, policy(1));
        Files.delete(governed.file());

        assertThat(governed.reload().reload().problems()).isEmpty();
        assertThatThrownBy(() -> governed.authorize("a"))
                .isInstanceOfSatisfying(
                        Refusal.class, refusal -> assertThat(refusal.code()).isEqualTo("tool.unknown"));
    }

    @Test
    void bringsAnEnvironmentIntoUseWhosePolicyIsMended() throws Exception {
        GovernedEnvironment governed = new GovernedEnvironment(folder, BROKEN);
        assertThat(governed.problems())
                .singleElement()
                .satisfies(problem ->
                        assertThat(problem.toString()).contains("e.yaml:3:").contains("u.say"));
        assertThat(governed.environment().state())
                .isInstanceOfSatisfying(
                        State.Unavailable.class,
                        state -> assertThat(state.reason()).startsWith("its policy is refused: "));
        assertThat(governed.reload().reload().problems()).isNotEmpty();
        assertThat(governed.environment().isAvailable()).isFalse();
        governed.write(policy(1));

        assertThat(governed.reload().reload().problems()).isEmpty();
        assertThat(governed.environment().isAvailable()).isTrue();
        governed.authorize("a").end(true);
        assertThat(governed.grounds().policy()).isEqualTo("e@1");
    }

    @Test
    void saysThatNoPolicyNamesAnEnvironment() throws Exception {
        GovernedEnvironment governed = new GovernedEnvironment(folder, policy(1).replace("env: e", "env: other"));

        assertThat(governed.problems())
                .singleElement()
                .extracting(Problem::help)
                .asString()
                .contains("env: e");
        assertThat(governed.environment().isAvailable()).isTrue();
        assertThatThrownBy(() -> governed.authorize("a")).isInstanceOf(Refusal.class);
    }

    @Test
    void waitsUntilAChangedFileHasSettled() throws Exception {
        GovernedEnvironment governed = new GovernedEnvironment(folder, policy(1));
        change(governed, policy(2), 1);
        governed.reload().reloadIfChanged();
        assertThat(governed.reload().inForce()).containsEntry("e", "e@1");

        governed.reload().reloadIfChanged();
        assertThat(governed.reload().inForce()).containsEntry("e", "e@2");
        change(governed, BROKEN, 2);
        governed.reload().reloadIfChanged();
        governed.reload().reloadIfChanged();
        assertThat(governed.reload().inForce()).containsEntry("e", "e@2");
        change(governed, policy(3), 3);
        governed.reload().reloadIfChanged();
        governed.reload().reloadIfChanged();
        assertThat(governed.reload().inForce()).containsEntry("e", "e@3");
    }

    @Test
    void endsCallsInFlightOnTheSetThatAllowedThem() throws Exception {
        String one = policy(1).replace("allow:", "limit: { concurrent: 1 }\n    allow:");
        GovernedEnvironment governed = new GovernedEnvironment(folder, one);
        AuthorizedCall running = governed.authorize("a");
        governed.write(one.replace("version: 1", "version: 2"));
        governed.reload().reload();

        assertThatThrownBy(() -> governed.authorize("a"))
                .isInstanceOfSatisfying(
                        Refusal.class, refusal -> assertThat(refusal.code()).isEqualTo("budget.concurrent"));
        running.end(true);
        governed.authorize("a").end(true);
        assertThat(governed.grounds().policy()).isEqualTo("e@2");
    }

    private static void change(GovernedEnvironment governed, String policy, int day) throws Exception {
        governed.write(policy);
        Files.setLastModifiedTime(governed.file(), FileTime.from(Instant.EPOCH.plusSeconds(86_400L * day)));
    }

    private static String policy(int version) {
        return """
                policy: { name: e, version: %d }
                env: e
                tools:
                  u.say:
                    allow: [ { id: rule-%d } ]
                """.formatted(version, version);
    }
}
