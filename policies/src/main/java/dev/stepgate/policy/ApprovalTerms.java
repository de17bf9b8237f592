package dev.stepgate.policy;

import java.time.Duration;

/**
 * Who must agree to a call before it is made.
 *
 * @param by the role of the principal that may agree
 * @param ttl how long the question stands, and how long an answer can be used
 * @param reason what the approver is told
 * @param script what answers instead of a person
 */
public record ApprovalTerms(String by, Duration ttl, String reason, Script script) {
    /** The role under which a script answers. */
    public static final String AUTO_SCRIPT = "auto-script";

    /** How long a question stands where the policy does not say. */
    public static final Duration DEFAULT_TTL = Duration.ofMinutes(10);

    /** What answers instead of a person; in training only. */
    public enum Script {
        NONE,
        APPROVE,
        DENY
    }
}
