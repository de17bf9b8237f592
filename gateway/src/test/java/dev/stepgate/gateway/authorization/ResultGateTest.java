package dev.stepgate.gateway.authorization;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.DoubleNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stepgate.tool.Observation;
import dev.stepgate.tool.OutcomeClass;
import dev.stepgate.tool.Refusal;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ResultGateTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    Path folder = Path.of("");

    private final ResultGate gate = new ResultGate();

    @Test
    void passesTheSameObservationWhereNothingIsAsked() throws Exception {
        Observation observation = observation("{\"content\":[]}");

        assertThat(gate.pass(call(""), observation)).isSameAs(observation);
    }

    @Test
    void passesTheSameObservationWhereNothingIsWithheld() throws Exception {
        Observation observation = observation("{\"content\":[]}");

        assertThat(gate.pass(call("result: { maxBytes: 100, types: [ text ] }"), observation))
                .isSameAs(observation);
    }

    @Test
    void withholdsFromAgentsAndTrainersAndKeepsTheRest() throws Exception {
        Observation before = new Observation(
                object("{\"content\":[{\"type\":\"text\",\"text\":\"bob@example.org\"}],\"isError\":true}"),
                true,
                DoubleNode.valueOf(0.5),
                true,
                object("{\"json_rpc_error\":{\"data\":\"bob@example.org\"}}"),
                object(
                        "{\"tool_name\":\"say\",\"error\":{\"error_type\":\"timeout\",\"message\":\"bob@example.org\"}}"));

        Observation after = gate.pass(call("result: { redact: [ { detector: email } ] }"), before);

        assertThat(after)
                .isEqualTo(
                        new Observation(
                                object(
                                        "{\"content\":[{\"type\":\"text\",\"text\":\"[withheld:email]\"}],\"isError\":true}"),
                                true,
                                DoubleNode.valueOf(0.5),
                                true,
                                object("{\"json_rpc_error\":{\"data\":\"[withheld:email]\"}}"),
                                object(
                                        "{\"tool_name\":\"say\",\"error\":{\"error_type\":\"timeout\",\"message\":\"[withheld:email]\"}}")));
    }

    @Test
    void leavesOutWhatAnUpstreamHasNot() throws Exception {
        Observation after = gate.pass(
                call("result: { redact: [ { pointer: /a } ] }"),
                Observation.of(object("{\"content\":[],\"structuredContent\":{\"a\":1}}")));

        assertThat(after)
                .isEqualTo(Observation.of(object("{\"content\":[],\"structuredContent\":{\"a\":\"[withheld]\"}}")));
    }

    @Test
    void refusesAResultThatIsTooLarge() throws Exception {
        AuthorizedCall call = call("result: { maxBytes: 5 }");

        assertThatThrownBy(() -> gate.pass(call, observation("{\"content\":[]}")))
                .isInstanceOfSatisfying(Refusal.class, refusal -> {
                    assertThat(refusal.code()).isEqualTo("result.tooLarge");
                    assertThat(refusal.outcome()).isEqualTo(OutcomeClass.POLICY_DENIED);
                });
    }

    @Test
    void countsWhatWasPassedAgainstTheEpisode() throws Exception {
        GovernedEnvironment governed = new GovernedEnvironment(
                folder, policy("").replace("tools:", "budgets: { perEpisode: { resultBytes: 28 } }\ntools:"));
        gate.pass(governed.authorize("a"), observation("{\"content\":[]}"));
        gate.pass(governed.authorize("a"), observation("{\"content\":[]}"));

        assertThatThrownBy(() -> governed.authorize("a"))
                .isInstanceOfSatisfying(
                        Refusal.class, refusal -> assertThat(refusal.code()).isEqualTo("budget.resultBytes"));
    }

    private AuthorizedCall call(String terms) throws Exception {
        return new GovernedEnvironment(folder, policy(terms)).authorize("a");
    }

    private static String policy(String terms) {
        return "policy: { name: e, version: 1 }\nenv: e\ntools:\n  u.say:\n    allow: [ { id: any } ]\n    " + terms
                + "\n";
    }

    private static Observation observation(String result) throws Exception {
        return Observation.of(object(result));
    }

    private static ObjectNode object(String json) throws Exception {
        return (ObjectNode) JSON.readTree(json);
    }
}
