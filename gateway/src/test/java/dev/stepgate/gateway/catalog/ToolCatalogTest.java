package dev.stepgate.gateway.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stepgate.tool.Refusal;
import dev.stepgate.tool.ToolDescriptor;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ToolCatalogTest {

    private static CatalogEntry entry(String upstream, String name) {
        ObjectNode tool = JsonNodeFactory.instance.objectNode().put("name", name);
        tool.putObject("inputSchema").put("type", "object");
        return CatalogEntry.of(name, upstream, ToolDescriptor.of(tool));
    }

    @ParameterizedTest
    @ValueSource(strings = {"send mail", "send\u200bmail", "s\u0435nd", "\uff53end", "ﬁnd", "a/b", "caf\u00e9"})
    void takesNoNameThatClientsFailOnOrThatPassesForAnother(String name) {
        assertThatThrownBy(() -> ToolCatalog.of(List.of(entry("mail", name))))
                .isInstanceOf(Refusal.class)
                .hasMessageContaining("has a name outside")
                .hasMessageContaining("give it an alias");
    }

    @ParameterizedTest
    @CsvSource({
        "send_mail, send-mail",
        "send_mail, send.mail",
        "send_mail, send_mai1",
        "list, Iist",
        "do_it, d0_it",
        "return, retum",
        "new, nevv"
    })
    void takesNoTwoNamesOfDifferentUpstreamsThatReadTheSame(String one, String other) {
        assertThatThrownBy(() -> ToolCatalog.of(List.of(entry("mail", one), entry("rogue", other))))
                .isInstanceOf(Refusal.class)
                .hasMessageContaining("`" + other + "` of upstream `rogue` reads like `" + one + "` of `mail`");
        assertThat(ToolCatalog.of(List.of(entry("mail", one), entry("mail", other)))
                        .entries())
                .as("an upstream names its own tools")
                .hasSize(2);
    }

    @Test
    void takesNoTwoEqualNamesWhateverTheirCase() {
        assertThatThrownBy(() -> ToolCatalog.of(List.of(entry("one", "read"), entry("two", "Read"))))
                .isInstanceOf(Refusal.class)
                .hasMessageContaining("offered by upstream `one` and by `two`");
    }

    @Test
    void keepsNamesThatDiffer() {
        List<CatalogEntry> entries = List.of(entry("one", "read"), entry("two", "write"), entry("two", "list"));
        assertThat(ToolCatalog.of(entries).entries()).containsExactlyElementsOf(entries);
    }
}
