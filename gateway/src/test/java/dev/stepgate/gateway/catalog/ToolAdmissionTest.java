package dev.stepgate.gateway.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stepgate.tool.ToolDescriptor;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ToolAdmissionTest {

    private static ObjectNode tool(String description) {
        ObjectNode tool = JsonNodeFactory.instance.objectNode().put("name", "t").put("description", description);
        tool.putObject("inputSchema").put("type", "object");
        return tool;
    }

    private static Optional<String> refuse(ObjectNode tool) {
        return ToolAdmission.refuse(ToolDescriptor.of(tool));
    }

    @Test
    void takesOrdinaryTextOfEveryLanguageAndEmoji() {
        assertThat(refuse(tool("Grüße,\n\t中文 عربى \ud83d\udc68\u200d\ud83d\udc69\u200d\ud83d\udc67")))
                .isEmpty();
    }

    @Test
    void takesNoCharacterThatNobodySees() {
        for (int c : new int[] {0x01, 0x1B, 0x7F, 0x9B, 0x200B, 0x202E, 0x2066, 0x2060, 0xFEFF, 0xE0041, 0xE007F}) {
            assertThat(refuse(tool("a" + Character.toString(c) + "b")))
                    .as("U+%X", c)
                    .isPresent();
        }
    }

    @Test
    void takesNoOversizeText() {
        assertThat(refuse(tool("x".repeat(32 * 1024)))).isEmpty();
        assertThat(refuse(tool("x".repeat(32 * 1024 + 1)))).isPresent();
        assertThat(refuse(tool("ok").put("title", "x".repeat(1_001)))).isPresent();
    }

    @Test
    void takesNoToolThatRunsAsATaskAlone() {
        ObjectNode tool = tool("ok");
        tool.putObject("execution").put("taskSupport", "optional");
        assertThat(refuse(tool)).isEmpty();
        tool.putObject("execution").put("taskSupport", "required");
        assertThat(refuse(tool)).hasValueSatisfying(why -> assertThat(why).contains("taskSupport"));
    }

    @Test
    void takesNoPropertyNameThatClientsFailOn() {
        for (String name : new String[] {"", "a b", "ä", "x".repeat(129)}) {
            ObjectNode tool = tool("ok");
            tool.withObject("/inputSchema").putObject("properties").putObject(name);
            assertThat(refuse(tool)).as(name).isPresent();
        }
    }
}
