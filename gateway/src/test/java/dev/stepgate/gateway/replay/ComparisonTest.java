package dev.stepgate.gateway.replay;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonPointer;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stepgate.json.CanonicalJson;
import java.util.List;
import org.junit.jupiter.api.Test;

class ComparisonTest {
    private static final Comparison STRICT = new Comparison(List.of());
    private static final String STEP =
            "{'type':'step','time':'t','millis':1.5,'outcome':'ok','code':'ok','reward':1,'done':false,"
                    + "'observation':{'content':[{'type':'text','text':'a'}]}}";

    private static ObjectNode record(String json) {
        try {
            return (ObjectNode) new ObjectMapper().readTree(json.replace('\'', '"'));
        } catch (JsonProcessingException malformed) {
            throw new IllegalArgumentException(malformed);
        }
    }

    private static List<String> changed(String from, String to) {
        return STRICT.differences(record(STEP), record(STEP.replace(from, to)));
    }

    @Test
    void takesNoTimeForADifference() {
        assertThat(changed("'t'", "'u'")).isEmpty();
        assertThat(changed("1.5", "2.5")).isEmpty();
    }

    @Test
    void namesThePlaceAndBothValues() {
        assertThat(changed("'text':'a'", "'text':'b'"))
                .containsExactly("/observation/content/0/text: recorded \"a\", now \"b\"");
        assertThat(changed("'reward':1", "'reward':1.0")).containsExactly("/reward: recorded 1, now 1.0");
        assertThat(changed(",'done':false", "")).containsExactly("/done: recorded false, now nothing");
        assertThat(changed("'code':'ok'", "'code':'x'")).containsExactly("/code: recorded \"ok\", now \"x\"");
    }

    @Test
    void namesEveryFieldThatDiffersAndCutsLongValues() {
        List<String> differences = STRICT.differences(
                record(STEP),
                record(STEP.replace("'reward':1", "'reward':2").replace("'a'", "'" + "b".repeat(500) + "'")));
        assertThat(differences)
                .hasSize(2)
                .allSatisfy(one -> assertThat(one.length()).isLessThan(400));
    }

    @Test
    void leavesOutWhatItIsToldTo() {
        Comparison lenient = new Comparison(
                List.of(JsonPointer.compile("/observation/content/0/text"), JsonPointer.compile("/reward")));
        assertThat(lenient.differences(
                        record(STEP), record(STEP.replace("'a'", "'b'").replace("'reward':1", "'reward':7"))))
                .isEmpty();
        assertThat(lenient.differences(record(STEP), record(STEP.replace("false", "true"))))
                .hasSize(1);
    }

    @Test
    void comparesDigestsWhereNoMoreWasKept() {
        ObjectNode digested = record(STEP);
        String digest = CanonicalJson.sha256(digested.remove("observation"));
        digested.put("observation_digest", digest);
        assertThat(STRICT.differences(digested, record(STEP))).isEmpty();
        assertThat(STRICT.differences(digested, record(STEP.replace("'a'", "'b'"))))
                .singleElement()
                .asString()
                .contains("/observation");
    }
}
