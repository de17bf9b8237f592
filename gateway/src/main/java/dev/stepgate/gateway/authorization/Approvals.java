package dev.stepgate.gateway.authorization;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stepgate.gateway.identity.Principal;
import dev.stepgate.gateway.identity.Role;
import dev.stepgate.policy.ApprovalTerms;
import dev.stepgate.tool.Deadline;
import dev.stepgate.tool.OutcomeClass;
import dev.stepgate.tool.Refusal;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Calls that somebody else must agree to. A call waits within its deadline; where no answer comes in time the question
 * stands on until its own end, and the same call, made again, finds its answer. An answer serves one call. Safe for use by
 * many threads.
 */
public final class Approvals {
    private static final int MAX_OPEN = 1_000;

    /** Kept free of a call's deadline, so that its own answer still arrives in time. */
    private static final Duration MARGIN = Duration.ofSeconds(2);

    private final Map<Question, Open> open = new ConcurrentHashMap<>();
    private final InstantSource clock;
    private final SecureRandom random;

    /**
     * What is asked: the same for the same call of the same run by the same principal.
     *
     * @param episode the episode's key and its run
     * @param tool the name that agents see
     */
    record Question(String environment, String episode, String principal, String tool, ObjectNode arguments) {}

    /**
     * A question as an approver sees it.
     *
     * @param id by which it is answered, 128 random bits
     * @param by the role that may answer
     */
    public record View(
            String id,
            String environment,
            String tool,
            ObjectNode arguments,
            String principal,
            String by,
            String reason,
            Instant expires) {}

    /** What came of an answer. */
    public enum Reply {
        TAKEN,
        UNKNOWN,
        NOT_YOURS
    }

    private record Open(View view, CompletableFuture<Boolean> answer) {}

    public Approvals(InstantSource clock, SecureRandom random) {
        this.clock = clock;
        this.random = random;
    }

    /**
     * Returns once the call is agreed to.
     *
     * @throws Refusal {@code approval.refused}, or {@code approval.required} where no answer came within the deadline
     */
    void await(Question question, ApprovalTerms terms, Deadline deadline) {
        forgetExpired();
        Open asked = open.computeIfAbsent(question, _ -> ask(question, terms));
        boolean agreed = answer(asked, deadline);
        // One answer serves one call: whoever takes the question away may go on.
        if (!open.remove(question, asked)) {
            throw stillOpen();
        }
        if (!agreed) {
            throw Refusal.of(OutcomeClass.POLICY_DENIED, "approval.refused", "the approval of this call was refused");
        }
    }

    private Open ask(Question question, ApprovalTerms terms) {
        if (open.size() >= MAX_OPEN) {
            throw Refusal.of(OutcomeClass.POLICY_DENIED, "approval.required", "too many calls wait for an approval");
        }
        byte[] id = new byte[16];
        random.nextBytes(id);
        View view = new View(
                HexFormat.of().formatHex(id),
                question.environment(),
                question.tool(),
                question.arguments(),
                question.principal(),
                terms.by(),
                terms.reason(),
                clock.instant().plus(terms.ttl()));
        return new Open(view, new CompletableFuture<>());
    }

    private static boolean answer(Open asked, Deadline deadline) {
        try {
            long nanos = deadline.remaining().minus(MARGIN).toNanos();
            return asked.answer().get(Math.max(0, nanos), TimeUnit.NANOSECONDS);
        } catch (TimeoutException notYet) {
            throw stillOpen();
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw stillOpen();
        } catch (ExecutionException impossible) {
            throw new IllegalStateException("an answer is never an exception", impossible);
        }
    }

    private static Refusal stillOpen() {
        return Refusal.of(
                OutcomeClass.POLICY_DENIED,
                "approval.required",
                "this call needs an approval that is still open: make it again later");
    }

    /** The questions that a principal may answer, those that end first at the front. */
    public List<View> visibleTo(Principal principal) {
        forgetExpired();
        return open.values().stream()
                .filter(one -> !one.answer().isDone())
                .map(Open::view)
                .filter(view -> mayAnswer(principal, view))
                .sorted(Comparator.comparing(View::expires).thenComparing(View::id))
                .toList();
    }

    /** Answers a question; only the first answer counts. */
    public Reply answer(String id, Principal principal, boolean agreed) {
        forgetExpired();
        Optional<Open> found =
                open.values().stream().filter(one -> one.view().id().equals(id)).findFirst();
        if (found.isEmpty()) {
            return Reply.UNKNOWN;
        }
        if (!mayAnswer(principal, found.get().view())) {
            return Reply.NOT_YOURS;
        }
        return found.get().answer().complete(agreed) ? Reply.TAKEN : Reply.UNKNOWN;
    }

    /** Another principal than the caller's, which has the role that the policy names, or operates the gateway. */
    private static boolean mayAnswer(Principal principal, View view) {
        boolean hasRole =
                principal.has(Role.OPERATOR) || PolicyRoles.of(principal).contains(view.by());
        return hasRole && !principal.key().equals(view.principal());
    }

    void forgetExpired() {
        Instant now = clock.instant();
        open.values().removeIf(one -> now.isAfter(one.view().expires()));
    }
}
