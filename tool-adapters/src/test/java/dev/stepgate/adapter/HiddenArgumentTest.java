package dev.stepgate.adapter;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonPointer;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.junit.jupiter.api.Test;

class HiddenArgumentTest {
    private static String without(String pointer, String schema) {
        ObjectNode read = FakeTools.object(schema);
        return HiddenArgument.remove(read, JsonPointer.compile(pointer)) ? read.toString() : "of no use";
    }

    @Test
    void takesAnArgumentOutWithWhatRequiresIt() {
        assertThat(without(
                        "/key",
                        "{\"type\":\"object\",\"properties\":{\"key\":{\"x-mcp-header\":\"Key\"},\"n\":{}},"
                                + "\"required\":[\"n\",\"key\"],\"additionalProperties\":false}"))
                .isEqualTo("{\"type\":\"object\",\"properties\":{\"n\":{}},"
                        + "\"required\":[\"n\"],\"additionalProperties\":false}");
    }

    @Test
    void takesOutAnObjectThatHasNothingElse() {
        String schema =
                "{\"properties\":{\"auth\":{\"properties\":{\"key\":{}%s},\"required\":[\"key\"]}},\"required\":[\"auth\"]}";

        assertThat(without("/auth/key", schema.formatted(""))).isEqualTo("{\"properties\":{}}");
        assertThat(without("/auth/key", schema.formatted(",\"user\":{}")))
                .isEqualTo("{\"properties\":{\"auth\":{\"properties\":{\"user\":{}}}},\"required\":[\"auth\"]}");
    }

    @Test
    void isOfNoUseWhereItIsNotThereOrNamedElsewhere() {
        assertThat(without("/key", "{\"properties\":{\"n\":{}}}")).isEqualTo("of no use");
        assertThat(without("/auth/key", "{\"properties\":{\"auth\":{\"$ref\":\"#/$defs/auth\"}}}"))
                .isEqualTo("of no use");
        assertThat(without("/key", "{\"properties\":{\"key\":{}},\"anyOf\":[{\"required\":[\"key\"]}]}"))
                .isEqualTo("of no use");
        assertThat(without("/key", "{\"properties\":{\"key\":{}},\"dependentRequired\":{\"key\":[\"n\"]}}"))
                .isEqualTo("of no use");
        assertThat(without(
                        "/auth/key",
                        "{\"properties\":{\"auth\":{\"properties\":{\"key\":{},\"n\":{}}}},"
                                + "\"examples\":[{\"auth\":{\"key\":\"x\"}}]}"))
                .isEqualTo("of no use");
    }
}
