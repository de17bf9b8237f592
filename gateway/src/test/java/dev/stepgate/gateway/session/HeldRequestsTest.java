package dev.stepgate.gateway.session;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stepgate.gateway.session.HeldRequests.Asked;
import java.security.SecureRandom;
import org.junit.jupiter.api.Test;

class HeldRequestsTest {
    private static final ObjectNode PARAMS =
            JsonNodeFactory.instance.objectNode().put("name", "t");

    private final HeldRequests held = new HeldRequests(new SecureRandom(), System::nanoTime);
    private final HeldRequests.Waiting request = () -> {};

    private static Asked asked(String principal, String environment, String method, ObjectNode params) {
        return new Asked(principal, environment, method, params);
    }

    private static Asked asked() {
        return asked("ada", "/envs/e", "tools/call", PARAMS);
    }

    @Test
    void findsARequestOnce() {
        String state = held.hold(held.newId(), 1, asked(), request);

        assertThat(held.take(state, asked())).contains(request);
        assertThat(held.take(state, asked())).isEmpty();
    }

    @Test
    void findsItForNobodyElseAndForNothingElse() {
        String state = held.hold(held.newId(), 1, asked(), request);

        ObjectNode others = JsonNodeFactory.instance.objectNode().put("name", "u");
        assertThat(held.take(state, asked("eve", "/envs/e", "tools/call", PARAMS)))
                .isEmpty();
        assertThat(held.take(state, asked("ada", "/envs/f", "tools/call", PARAMS)))
                .isEmpty();
        assertThat(held.take(state, asked("ada", "/envs/e", "prompts/get", PARAMS)))
                .isEmpty();
        assertThat(held.take(state, asked("ada", "/envs/e", "tools/call", others)))
                .isEmpty();
        assertThat(held.take(state, asked())).contains(request);
    }

    @Test
    void keepsPartsOfABindingApart() {
        String state = held.hold(held.newId(), 1, asked("ab", "c", "m", PARAMS), request);

        assertThat(held.take(state, asked("a", "bc", "m", PARAMS))).isEmpty();
    }

    @Test
    void takesNoStateOfAnEarlierRoundOrAnotherGateway() {
        long id = held.newId();
        String first = held.hold(id, 1, asked(), request);
        String second = held.hold(id, 2, asked(), request);

        assertThat(held.take(first, asked())).isEmpty();
        assertThat(new HeldRequests(new SecureRandom(), System::nanoTime).take(second, asked()))
                .isEmpty();
        assertThat(held.take(second, asked())).contains(request);
    }
}
