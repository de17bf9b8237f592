package dev.stepgate.gateway.authorization;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stepgate.gateway.authorization.Approvals.Question;
import dev.stepgate.gateway.authorization.Approvals.Reply;
import dev.stepgate.gateway.authorization.Approvals.View;
import dev.stepgate.gateway.identity.Principal;
import dev.stepgate.policy.ApprovalTerms;
import dev.stepgate.policy.ApprovalTerms.Script;
import dev.stepgate.tool.Deadline;
import dev.stepgate.tool.Refusal;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ApprovalsTest {
    private static final Duration TTL = Duration.ofMinutes(10);
    private static final ApprovalTerms TERMS = new ApprovalTerms("operator", TTL, "it is public", Script.NONE);

    /** Nothing is left to wait in, so that a call that is not answered is told so at once. */
    private static final Duration NO_TIME = Duration.ZERO;

    private final AtomicReference<Instant> now = new AtomicReference<>(Instant.EPOCH);
    private final Approvals approvals = new Approvals(now::get, new SecureRandom());
    private final Principal caller = Callers.local();
    private final Principal other = Callers.anonymous();

    @Test
    void asksOnceHoweverOftenTheSameCallIsMade() {
        assertThat(code(question("a"))).isEqualTo("approval.required");
        assertThat(code(question("a"))).isEqualTo("approval.required");

        assertThat(approvals.visibleTo(other)).singleElement().satisfies(view -> {
            assertThat(view.tool()).isEqualTo("send");
            assertThat(view.reason()).isEqualTo("it is public");
            assertThat(view.expires()).isEqualTo(Instant.EPOCH.plus(TTL));
            assertThat(view.id()).hasSize(32);
        });
    }

    @Test
    void asksAnewForOtherArgumentsAnotherRunAndAnotherCaller() {
        Question asked = question("a");
        List<Question> questions = List.of(
                asked,
                question("b"),
                new Question("env", "key/1", caller.key(), "send", arguments("a")),
                new Question("env", "key/0", "somebody", "send", arguments("a")),
                new Question("env", "key/0", caller.key(), "other", arguments("a")),
                new Question("other", "key/0", caller.key(), "send", arguments("a")));

        questions.forEach(this::code);

        assertThat(approvals.visibleTo(other)).hasSize(questions.size());
    }

    @Test
    void answersOneCallWithOneAnswer() {
        code(question("a"));
        assertThat(approvals.answer(onlyId(), other, true)).isEqualTo(Reply.TAKEN);

        assertThat(code(question("a"))).isEqualTo("allowed");
        assertThat(code(question("a"))).isEqualTo("approval.required");
    }

    @Test
    void refusesACallWithOneAnswer() {
        code(question("a"));
        approvals.answer(onlyId(), other, false);

        assertThat(code(question("a"))).isEqualTo("approval.refused");
        assertThat(code(question("a"))).isEqualTo("approval.required");
    }

    @Test
    void takesNoAnswerFromTheCallerItself() {
        code(question("a"));

        assertThat(approvals.visibleTo(caller)).isEmpty();
        assertThat(approvals.answer(onlyId(), caller, true)).isEqualTo(Reply.NOT_YOURS);
        assertThat(code(question("a"))).isEqualTo("approval.required");
    }

    @Test
    void takesTheFirstAnswerAndNoOther() {
        code(question("a"));
        String id = onlyId();
        approvals.answer(id, other, false);

        assertThat(approvals.answer(id, other, true)).isEqualTo(Reply.UNKNOWN);
        assertThat(approvals.visibleTo(other)).isEmpty();
        assertThat(approvals.answer("0".repeat(32), other, true)).isEqualTo(Reply.UNKNOWN);
        assertThat(code(question("a"))).isEqualTo("approval.refused");
    }

    @Test
    void forgetsAQuestionAtItsEnd() {
        code(question("a"));
        String id = onlyId();
        now.set(Instant.EPOCH.plus(TTL));
        assertThat(approvals.visibleTo(other)).hasSize(1);
        now.set(Instant.EPOCH.plus(TTL).plusNanos(1));

        assertThat(approvals.visibleTo(other)).isEmpty();
        assertThat(approvals.answer(id, other, true)).isEqualTo(Reply.UNKNOWN);
    }

    @Test
    void forgetsAnAnswerThatNobodyCameFor() {
        code(question("a"));
        approvals.answer(onlyId(), other, true);
        now.set(Instant.EPOCH.plus(TTL).plusNanos(1));

        assertThat(code(question("a"))).isEqualTo("approval.required");
    }

    @Test
    void letsAWaitingCallGoOnOnceItIsAgreedTo() throws Exception {
        CompletableFuture<Boolean> agreed = new CompletableFuture<>();
        Thread.ofVirtual().start(() -> {
            approvals.await(question("a"), TERMS, Deadline.in(Duration.ofSeconds(50)));
            agreed.complete(true);
        });
        while (approvals.visibleTo(other).isEmpty()) {
            Thread.onSpinWait();
        }
        approvals.answer(onlyId(), other, true);

        assertThat(agreed.get(40, TimeUnit.SECONDS)).isTrue();
        assertThat(approvals.visibleTo(other)).isEmpty();
    }

    @Test
    void keepsAtMostAThousandQuestions() {
        IntStream.range(0, 1_000).forEach(i -> code(question("q" + i)));
        assertThat(approvals.visibleTo(other)).hasSize(1_000);

        assertThatThrownBy(() -> approvals.await(question("more"), TERMS, Deadline.in(NO_TIME)))
                .isInstanceOf(Refusal.class)
                .hasMessageContaining("too many");
        assertThat(approvals.visibleTo(other)).hasSize(1_000);
    }

    private String code(Question question) {
        try {
            approvals.await(question, TERMS, Deadline.in(NO_TIME));
            return "allowed";
        } catch (Refusal refusal) {
            return refusal.code();
        }
    }

    private String onlyId() {
        List<View> open = approvals.visibleTo(other);
        assertThat(open).hasSize(1);
        return open.getFirst().id();
    }

    private Question question(String text) {
        return new Question("env", "key/0", caller.key(), "send", arguments(text));
    }

    private static ObjectNode arguments(String text) {
        return JsonNodeFactory.instance.objectNode().put("text", text);
    }
}
