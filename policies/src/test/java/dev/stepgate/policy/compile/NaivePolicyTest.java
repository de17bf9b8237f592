package dev.stepgate.policy.compile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stepgate.policy.AccessRequest;
import dev.stepgate.policy.Caller;
import dev.stepgate.policy.Decision.Allow;
import dev.stepgate.policy.PolicyEngine;
import dev.stepgate.policy.PolicySet;
import dev.stepgate.policy.format.Policy;
import dev.stepgate.yaml.YamlRefused;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class NaivePolicyTest {
    private final GeneratedPolicies generated = new GeneratedPolicies(20_260);

    @Test
    void agreesWithTheEngineOnGeneratedPoliciesAndCalls() throws YamlRefused {
        int allowed = 0;
        for (int i = 0; i < 1_000; i++) {
            Policy policy = generated.rulesAlone();
            PolicySet compiled = PolicyCompiler.compile(policy, GeneratedPolicies.catalogue());
            for (int j = 0; j < 30; j++) {
                Caller caller = new Caller(
                        generated.oneOf(List.of("alice", "bob")),
                        Set.copyOf(generated.some(GeneratedPolicies.ROLES, 3)));
                AccessRequest request =
                        new AccessRequest(caller, generated.oneOf(GeneratedPolicies.TOOLS), generated.arguments());
                boolean expected = new NaivePolicy(policy).allows(caller, request.tool(), request.arguments());

                assertThat(new PolicyEngine().decide(compiled, request) instanceof Allow)
                        .as("%s %s", policy, request)
                        .isEqualTo(expected);
                allowed += expected ? 1 : 0;
            }
        }

        assertThat(allowed).isBetween(3_000, 27_000);
    }
}
