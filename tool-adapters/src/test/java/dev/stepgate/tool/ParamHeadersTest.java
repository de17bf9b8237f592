package dev.stepgate.tool;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stepgate.json.Limits;
import dev.stepgate.json.StrictJson;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ParamHeadersTest {

    private static ObjectNode object(String json) {
        return (ObjectNode) StrictJson.parse(json.getBytes(StandardCharsets.UTF_8), Limits.MESSAGE);
    }

    @Test
    void namesTheArgumentsThatAreRepeated() {
        ObjectNode schema = object("""
                {"type":"object","properties":{
                  "region":{"type":"string","x-mcp-header":"Region"},
                  "deep":{"type":"object","properties":{"n":{"type":"integer","x-mcp-header":"N"}}},
                  "other":{"type":"string"}}}""");

        ParamHeaders headers = ParamHeaders.of(schema).orElseThrow();

        assertThat(headers.values(object("{\"region\":\"eu\",\"deep\":{\"n\":7},\"other\":\"x\"}"))
                        .toString())
                .isEqualTo("{Mcp-Param-N=7, Mcp-Param-Region=\"eu\"}");
        assertThat(headers.values(object("{\"region\":null}"))).isEmpty();
        assertThat(headers.has("mcp-param-region")).isTrue();
        assertThat(headers.has("mcp-param-other")).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"properties\":{\"a\":{\"type\":\"string\",\"x-mcp-header\":\"\"}}}",
                "{\"properties\":{\"a\":{\"type\":\"string\",\"x-mcp-header\":\"a b\"}}}",
                "{\"properties\":{\"a\":{\"type\":\"number\",\"x-mcp-header\":\"A\"}}}",
                "{\"properties\":{\"a\":{\"type\":\"object\",\"x-mcp-header\":\"A\"}}}",
                "{\"properties\":{\"a\":{\"type\":\"string\",\"x-mcp-header\":\"A\"},"
                        + "\"b\":{\"type\":\"string\",\"x-mcp-header\":\"a\"}}}",
                "{\"anyOf\":[{\"properties\":{\"a\":{\"type\":\"string\",\"x-mcp-header\":\"A\"}}}]}"
            })
    void takesNoToolWhoseMarksAreWrong(String schema) {
        assertThat(ParamHeaders.of(object(schema))).isEmpty();
    }
}
