package dev.stepgate.gateway.session;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.stepgate.Mutants;
import dev.stepgate.gateway.session.HeldRequests.Asked;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/**
 * Any course of requests that wait and of clients that come back, honest or not: a state is taken where a plain list of who was
 * given what says so, and nowhere else. Each letter of a course is an act, and the ones after it are its arguments.
 */
class RequestStateFuzzTest {
    private static final String ACTS = "HTNMCXSOFWE";
    private static final List<String> SPLICES = List.of(
            "Ha", "Hb", "Ta0", "Tb1", "Na0", "M0A1", "C0m", "X0=", "S01m", "S10z", "Oa", "O0", "F0", "W9W9W9", "E");

    private static final SecureRandom RANDOM = new SecureRandom();
    private static final HeldRequests ELSEWHERE = new HeldRequests(RANDOM, () -> 0);

    @Test
    void takesAStateWhereItWasGivenAndNowhereElse() {
        Mutants mutants = Mutants.of(RequestStateFuzzTest.class, "anyCourse", SPLICES);
        int taken = 0;
        int refused = 0;
        for (int i = 0; i < Mutants.RUNS; i++) {
            Course course = new Course(mutants.next());
            course.play();
            taken += course.taken;
            refused += course.refused;
        }
        assertThat(taken).isGreaterThan(Mutants.RUNS / 10);
        assertThat(refused).isGreaterThan(Mutants.RUNS / 2);
    }

    @FuzzTest
    void anyCourse(byte[] acts) {
        new Course(acts).play();
    }

    /** What was given to whom; live until it is taken, forgotten, replaced by a later round or too old. */
    private static final class Given {
        final String state;
        final long id;
        final int caller;
        final long until;
        final Request request;
        boolean live = true;

        Given(String state, long id, int caller, long until, Request request) {
            this.state = state;
            this.id = id;
            this.caller = caller;
            this.until = until;
            this.request = request;
        }
    }

    private static final class Request implements HeldRequests.Waiting {
        boolean expired;

        @Override
        public void expire() {
            expired = true;
        }
    }

    private static final class Course {
        private static final int MOST_ACTS = 64;

        private final byte[] acts;
        private final List<Given> given = new ArrayList<>();
        private long now = -Duration.ofMinutes(3).toNanos(); // a clock may pass zero
        private final HeldRequests held = new HeldRequests(RANDOM, () -> now);
        private long rounds = 1;
        private int at;
        int taken;
        int refused;

        Course(byte[] acts) {
            this.acts = acts;
        }

        void play() {
            for (int act = 0; act < MOST_ACTS && at < acts.length; act++) {
                int what = ACTS.indexOf(next());
                switch (what < 0 ? 'T' : ACTS.charAt(what)) {
                    case 'H' -> hold(held.newId(), 1, next());
                    case 'T' -> honest();
                    case 'N' -> nextRound();
                    case 'M' -> mistyped();
                    case 'C' -> cut();
                    case 'X' -> grown();
                    case 'S' -> swapped();
                    case 'O' -> elsewhere();
                    case 'F' -> forget();
                    case 'W' -> now += Duration.ofSeconds(next() & 0x3f).toNanos();
                    default -> endExpired();
                }
                assertThat(held.count())
                        .isEqualTo((int) given.stream().filter(it -> it.live).count());
            }
        }

        private int next() {
            return at < acts.length ? acts[at++] & 0xff : 0;
        }

        private Optional<Given> one() {
            return given.isEmpty() ? Optional.empty() : Optional.of(given.get(next() % given.size()));
        }

        private void hold(long id, long round, int caller) {
            Request request = new Request();
            String state = held.hold(id, round, asked(caller), request);
            assertThat(given).noneMatch(it -> it.state.equals(state));
            given.stream().filter(it -> it.id == id).forEach(it -> it.live = false);
            given.add(new Given(state, id, caller, now + HeldRequests.HELD.toNanos(), request));
        }

        private void honest() {
            int caller = next();
            one().ifPresent(it -> take(it.state, caller));
        }

        private void nextRound() {
            int caller = next();
            one().ifPresent(it -> hold(it.id, ++rounds, caller));
        }

        private void mistyped() {
            one().ifPresent(it -> {
                StringBuilder state = new StringBuilder(it.state);
                state.setCharAt(next() % state.length(), (char) next());
                take(state.toString(), it.caller);
            });
        }

        private void cut() {
            one().ifPresent(it -> take(it.state.substring(0, next() % it.state.length()), it.caller));
        }

        private void grown() {
            one().ifPresent(it -> take(it.state + (char) next(), it.caller));
        }

        private void swapped() {
            one().ifPresent(first -> one().ifPresent(second -> {
                int border = next() % first.state.length();
                take(first.state.substring(0, border) + second.state.substring(border), first.caller);
            }));
        }

        /** The same request, held by a gateway that has another key. */
        private void elsewhere() {
            int caller = next();
            take(ELSEWHERE.hold(1, 1, asked(caller), () -> {}), caller);
        }

        private void forget() {
            one().ifPresent(it -> {
                held.forget(it.id);
                given.stream().filter(other -> other.id == it.id).forEach(other -> other.live = false);
            });
        }

        private void endExpired() {
            held.endExpired();
            for (Given it : given) {
                if (it.live && it.until <= now) {
                    it.live = false;
                    assertThat(it.request.expired).isTrue();
                }
            }
            assertThat(given).noneMatch(it -> it.live && it.request.expired);
        }

        private void take(String state, int caller) {
            Optional<Given> rightful = given.stream()
                    .filter(it -> it.live && it.state.equals(state) && it.until > now)
                    .filter(it -> asked(it.caller).equals(asked(caller)))
                    .findFirst();
            Optional<HeldRequests.Waiting> found = held.take(state, asked(caller));
            assertThat(found).isEqualTo(rightful.<HeldRequests.Waiting>map(it -> it.request));
            rightful.ifPresent(it -> it.live = false);
            taken += found.isPresent() ? 1 : 0;
            refused += found.isPresent() ? 0 : 1;
        }

        /** Sixteen that differ, each from some others in one point only. */
        private static Asked asked(int caller) {
            return new Asked(
                    (caller & 1) == 0 ? "ada" : "adam",
                    (caller & 2) == 0 ? "/envs/e" : "/envs/e /e/1",
                    (caller & 4) == 0 ? "tools/call" : "prompts/get",
                    JsonNodeFactory.instance.objectNode().put("name", (caller & 8) == 0 ? "t" : "u"));
        }
    }
}
