package dev.stepgate.policy.testing;

import dev.stepgate.policy.Caller;
import dev.stepgate.policy.Mode;
import dev.stepgate.yaml.Place;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A file of test cases.
 *
 * @param policy the name of the policy that is tested
 * @param environment the environment that the calls are made in
 * @param coverage the percentage of rules that the cases must decide, from 0 to 100
 */
public record TestFile(
        Place place, String policy, String environment, List<Case> cases, int coverage, Optional<Generated> generated) {
    public TestFile {
        cases = List.copyOf(cases);
    }

    /** What a call is expected to come to. */
    public enum Expected {
        /** It is made. */
        ALLOW,
        /** It is not made. */
        DENY,
        /** The tool is not known to the caller. */
        UNKNOWN,
        /** It is made if somebody agrees. */
        APPROVAL
    }

    /** A call. */
    public record Call(String tool, Map<String, @Nullable Object> arguments) {}

    /** Under which circumstances calls are made. */
    public record Scene(List<Mode> modes, Caller caller, Instant now, Map<String, String> labels) {
        public Scene {
            modes = List.copyOf(modes);
        }
    }

    /**
     * One case.
     *
     * @param before calls of the same episode that are made first
     * @param repeat how often the call is made; only the last is looked at
     * @param verdict what is expected of it
     */
    public record Case(
            Place place, String name, Scene scene, List<Call> before, Call call, long repeat, Verdict verdict) {
        public Case {
            before = List.copyOf(before);
        }
    }

    /** What is expected of a call: empty parts are not looked at. */
    public record Verdict(Expected expected, String rule, String code, String field) {}

    /**
     * Calls made up from the schemas, none of which may be allowed against a property.
     *
     * @param folder no string of an allowed call may name a path outside of it
     * @param tools the tools that are called; empty for all of the policy
     */
    public record Generated(Place place, int calls, String folder, List<String> tools, Scene scene) {
        public Generated {
            tools = List.copyOf(tools);
        }
    }
}
