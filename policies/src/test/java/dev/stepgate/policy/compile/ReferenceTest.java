package dev.stepgate.policy.compile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stepgate.policy.AccessRequest;
import dev.stepgate.policy.Admission;
import dev.stepgate.policy.Caller;
import dev.stepgate.policy.CallerLedger;
import dev.stepgate.policy.Decision.Allow;
import dev.stepgate.policy.EpisodeLedger;
import dev.stepgate.policy.EpisodeView;
import dev.stepgate.policy.Mode;
import dev.stepgate.policy.PolicyEngine;
import dev.stepgate.policy.PolicySet;
import dev.stepgate.policy.Reservation;
import dev.stepgate.policy.Surroundings;
import dev.stepgate.policy.format.Policy;
import dev.stepgate.yaml.YamlRefused;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ReferenceTest {
    /** One million with {@code -Dstepgate.triples=1000000}. */
    private static final int TRIPLES = Integer.getInteger("stepgate.triples", 20_000);

    private static final int CALLS = 40;

    private final GeneratedPolicies generated = new GeneratedPolicies(Long.getLong("stepgate.seed", 42));
    private final Set<String> seen = new HashSet<>();

    private record InFlight(ReferenceInterpreter.Event event, Reservation reservation) {}

    @Test
    void theEngineAgreesWithTheReferenceOnPoliciesCallsAndHistories() throws YamlRefused {
        for (int i = 0; i < TRIPLES; i += CALLS) {
            compare(generated.whole());
        }

        assertThat(seen)
                .contains(
                        "deny tool.unknown",
                        "deny policy.denied",
                        "deny policy.error",
                        "deny args.constraint",
                        "deny flow.blocked",
                        "deny budget.perEpisode",
                        "deny budget.perMinute",
                        "deny budget.concurrent",
                        "deny budget.calls",
                        "deny budget.cost",
                        "deny budget.resultBytes",
                        "deny budget.sameArgs",
                        "allow false ",
                        "allow true ",
                        "allow false args.constraint");
    }

    private void compare(Policy policy) throws YamlRefused {
        Random random = generated.random();
        Map<String, String> labels = random.nextBoolean() ? Map.of("x", "on") : Map.of();
        Surroundings there = new Surroundings("e", Mode.TRAINING, labels);
        PolicySet set = PolicyCompiler.compile(
                policy, new EnvironmentFacts(there, GeneratedPolicies.catalogue(), Map.of(), Set.of()));
        ReferenceInterpreter reference = new ReferenceInterpreter(policy, labels);
        EpisodeLedger episode = new EpisodeLedger();
        Map<String, CallerLedger> callers = new HashMap<>();
        List<InFlight> inFlight = new ArrayList<>();
        Instant now = Instant.parse("2026-01-05T12:00:00Z");
        Map<String, @Nullable Object> last = generated.arguments();
        for (int i = 0; i < CALLS; i++) {
            now = now.plusSeconds(random.nextInt(25));
            Caller caller = new Caller(
                    generated.oneOf(List.of("alice", "bob")), Set.copyOf(generated.some(GeneratedPolicies.ROLES, 3)));
            if (random.nextInt(3) > 0) {
                last = generated.arguments();
            }
            AccessRequest request = new AccessRequest(
                    caller, there, generated.oneOf(GeneratedPolicies.TOOLS), last, EpisodeView.NEW, now);
            ReferenceInterpreter.Verdict expected = reference.decide(request);
            Admission actual = new PolicyEngine()
                    .admit(set, request, episode, callers.computeIfAbsent(caller.subject(), _ -> new CallerLedger()));

            assertThat(text(actual)).as("%s%n%s", policy, request).isEqualTo(expected.text());
            seen.add(expected.text());
            if (actual instanceof Admission.Granted granted && expected.event() != null) {
                inFlight.add(new InFlight(expected.event(), granted.reservation()));
            }
            while (!inFlight.isEmpty() && random.nextInt(3) > 0) {
                end(inFlight.remove(random.nextInt(inFlight.size())), random);
            }
        }
    }

    private static void end(InFlight call, Random random) {
        boolean left = random.nextInt(4) > 0;
        long bytes = random.nextInt(500_000);
        call.event().end(left, bytes);
        if (left) {
            call.reservation().settle(bytes);
        } else {
            call.reservation().release();
        }
    }

    private static String text(Admission admission) {
        return switch (admission) {
            case Admission.Denied denied -> "deny " + denied.deny().code().wireName();
            case Admission.Granted granted -> {
                Allow allow = granted.allow();
                String shadowed =
                        allow.shadowed() == null ? "" : allow.shadowed().wireName();
                yield "allow " + (allow.approval() != null) + " " + shadowed;
            }
        };
    }
}
