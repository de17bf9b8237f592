package dev.stepgate.gateway.catalog;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stepgate.json.JsonProblem;
import dev.stepgate.json.StrictJson;
import dev.stepgate.tool.Refusal;
import dev.stepgate.tool.ToolDescriptor;
import java.util.List;
import java.util.Random;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Damaged definitions are admitted or refused, nothing else; none that is admitted holds what nobody sees. */
class ToolAdmissionFuzzTest {
    private static final int RUNS = Integer.getInteger("stepgate.fuzz", 20_000);

    private static final List<String> SEEDS = List.of("""
            {"name":"say","title":"Say","description":"Says it","inputSchema":{"type":"object",
             "properties":{"text":{"type":"string","description":"what"},"how":{"type":"object",
             "properties":{"loud":{"type":"boolean"}}}},"required":["text"]}}""", """
            {"name":"where","inputSchema":{"type":"object","properties":{"region":{"type":"string","x-mcp-header":"Region"},
             "zone":{"type":"integer","x-mcp-header":"Zone"}}},"annotations":{"readOnlyHint":true},"icons":[{"src":"data:,"}]}""");

    private static final List<String> SPLICES = List.of(
            "\u202e",
            "\u200b",
            "\ufeff",
            "\udb40\udc41",
            "\\u202e",
            "\\u001b",
            "\\u0000",
            "\u00e4",
            "\"",
            "{",
            "}",
            "[",
            "]",
            ",",
            ":",
            " ",
            "\\",
            "null",
            "1e99999999999",
            "\"x-mcp-header\":\"Region\",",
            "\"x-mcp-header\":\"\",",
            "\"type\":\"number\",",
            "\"properties\":{},",
            "\"name\":\"reset\",",
            "\"inputSchema\":{},",
            "\"$ref\":\"#\",",
            "\"\":{},",
            "\"a b\":{},");

    private static final Pattern UNSEEN =
            Pattern.compile("[\\p{Cc}&&[^\t\n\r]]|[\\x{202A}-\\x{202E}]|[\\x{2066}-\\x{2069}]"
                    + "|[\\x{E0000}-\\x{E007F}]|[\\x{061C}\\x{200B}\\x{200E}\\x{200F}\\x{FEFF}]");

    @Test
    void admitsNothingThatNobodySees() {
        Random random = new Random(Long.getLong("stepgate.seed", 1));
        int admitted = 0;
        for (int i = 0; i < RUNS; i++) {
            String text = mutant(random);
            try {
                if (StrictJson.parse(text.getBytes(UTF_8)) instanceof ObjectNode definition) {
                    ToolDescriptor tool = ToolDescriptor.of(definition);
                    if (ToolAdmission.refuse(tool).isEmpty()) {
                        ToolCatalog.of(List.of(CatalogEntry.of(tool.name(), "u", tool)));
                        admitted++;
                        assertSeen(definition);
                    }
                }
            } catch (JsonProblem | Refusal refused) {
                // Both are ways of not being admitted.
            }
        }
        assertThat(admitted).isBetween(RUNS / 50, RUNS * 9 / 10);
    }

    private static void assertSeen(com.fasterxml.jackson.databind.JsonNode node) {
        if (node.isTextual()) {
            assertThat(UNSEEN.matcher(node.textValue()).find())
                    .as(node.toString())
                    .isFalse();
        }
        node.properties().forEach(entry -> {
            assertThat(UNSEEN.matcher(entry.getKey()).find())
                    .as(node.toString())
                    .isFalse();
        });
        node.forEach(ToolAdmissionFuzzTest::assertSeen);
    }

    private static String mutant(Random random) {
        StringBuilder text = new StringBuilder(one(SEEDS, random));
        for (int edits = random.nextInt(4); edits > 0; edits--) {
            int at = random.nextInt(text.length() + 1);
            switch (random.nextInt(3)) {
                case 0 -> text.delete(at, Math.min(text.length(), at + random.nextInt(6)));
                case 1 -> text.insert(at, one(SPLICES, random));
                default -> text.insert(at, text.substring(at, Math.min(text.length(), at + random.nextInt(40))));
            }
        }
        return text.toString();
    }

    private static String one(List<String> list, Random random) {
        return list.get(random.nextInt(list.size()));
    }
}
