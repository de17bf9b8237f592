package dev.stepgate.gateway.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stepgate.Mutants;
import dev.stepgate.environment.EnvironmentCatalog;
import dev.stepgate.environment.EnvironmentManifest;
import dev.stepgate.environment.Upstream;
import dev.stepgate.gateway.catalog.CatalogEntry;
import dev.stepgate.gateway.catalog.ServedEnvironment.State;
import dev.stepgate.gateway.upstream.Discovery.Found;
import dev.stepgate.gateway.upstream.InParallel.Attempt;
import dev.stepgate.json.CanonicalJson;
import dev.stepgate.json.JsonProblem;
import dev.stepgate.json.StrictJson;
import dev.stepgate.tool.Refusal;
import dev.stepgate.tool.ServerFeatures;
import dev.stepgate.tool.ToolDescriptor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Whatever upstreams say of their tools is offered as it is but for the name, withheld, or refused, as a judge of its own says;
 * nothing is offered that nobody sees, no client takes or nobody pinned. An input says what each of three upstreams lists: one
 * as it is, one renamed by a template and aliases, one pinned.
 */
class ToolAdmissionFuzzTest {
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
            "\"name\":\"say\",",
            "\"name\":7,",
            "\"title\":{},",
            "\"description\":1,",
            "\"annotations\":[],",
            "\"inputSchema\":{},",
            "{\"name\":\"n\",\"inputSchema\":{}},",
            "\"$ref\":\"#\",",
            "\"\":{},",
            "\"a b\":{},");

    private static final Pattern UNSEEN =
            Pattern.compile("[\\p{Cc}&&[^\t\n\r]]|[\\x{202A}-\\x{202E}]|[\\x{2066}-\\x{2069}]|[\\x{2060}-\\x{2064}]"
                    + "|[\\x{E0000}-\\x{E007F}]|[\\x{061C}\\x{200B}\\x{200E}\\x{200F}\\x{FEFF}]");

    private static final Map<String, String> ALIASES =
            Map.of("a b", "a_b", "reset", "start_over", "k\u00e4se", "cheese");

    @SuppressWarnings("NullAway.Init") // before the first test
    private static EnvironmentManifest manifest;

    @SuppressWarnings("NullAway.Init") // before the first test
    private static String pin;

    @BeforeAll
    static void load(@TempDir Path folder) throws IOException {
        try (var seed =
                ToolAdmissionFuzzTest.class.getResourceAsStream("ToolAdmissionFuzzTestInputs/anyTools/pinned.json")) {
            assertThat(seed).isNotNull();
            pin = CanonicalJson.sha256(
                    StrictJson.parse(seed.readAllBytes()).path("pinned").path(0));
        }
        Files.writeString(Files.createDirectories(folder.resolve("e")).resolve("openenv.yaml"), """
                spec_version: 1
                name: e
                type: space
                runtime: fastapi
                app: server.app:app
                port: 8000
                stepgate:
                  upstreams:
                    plain: { builtin: echo }
                    renamed:
                      builtin: echo
                      visible: { template: "r_{tool}", aliases: { "a b": a_b, reset: start_over, "k\u00e4se": cheese } }
                    pinned: { builtin: echo, pin: { say: "%s" } }
                """.formatted(pin));
        manifest = EnvironmentCatalog.load(List.of(folder)).manifests().getFirst();
    }

    @Test
    void offersWhatMayBeOfferedAndNothingElse() {
        Mutants mutants = Mutants.of(ToolAdmissionFuzzTest.class, "anyTools", SPLICES);
        Counts all = new Counts();
        for (int i = 0; i < Mutants.RUNS; i++) {
            check(mutants.next(), all);
        }
        assertThat(all.offered).isGreaterThan(Mutants.RUNS / 20);
        assertThat(all.withheld).isGreaterThan(Mutants.RUNS / 20);
        assertThat(all.refused).isGreaterThan(Mutants.RUNS / 50);
    }

    @FuzzTest
    void anyTools(byte[] lists) {
        check(lists, new Counts());
    }

    private static final class Counts {
        int offered;
        int withheld;
        int refused;
    }

    private static void check(byte[] lists, Counts counts) {
        JsonNode tree;
        try {
            tree = StrictJson.parse(lists);
        } catch (JsonProblem unread) {
            return;
        }
        Discovery discovery = new Discovery(manifest, true);
        Judge judge = new Judge();
        for (Upstream upstream : manifest.upstreams()) {
            try {
                List<ToolDescriptor> tools = new ArrayList<>();
                tree.path(upstream.name()).forEach(tool -> {
                    if (tool instanceof ObjectNode definition) {
                        tools.add(ToolDescriptor.of(definition));
                    }
                });
                discovery.add(new Attempt<>(new Found(upstream, tools, ServerFeatures.TOOLS_ONLY, null), null));
                tools.forEach(tool -> judge.hear(upstream.name(), tool.definition()));
            } catch (Refusal unreadable) { // as an upstream that cannot be reached
                discovery.add(new Attempt<>(null, unreadable));
                judge.missing++;
            }
        }
        try {
            State.Available served = discovery.result("none");
            assertThat(judge.mustRefuse()).isFalse();
            assertThat(served.withheld().keySet()).isEqualTo(judge.withheld);
            assertOffered(served.catalog().entries(), judge);
            counts.offered += judge.offered.size();
            counts.withheld += judge.withheld.size();
        } catch (Refusal refused) {
            assertThat(judge.mustRefuse()).as(refused.reason()).isTrue();
            counts.refused++;
        }
    }

    private static void assertOffered(List<CatalogEntry> entries, Judge judge) {
        assertThat(entries.stream().map(CatalogEntry::visibleName).toList())
                .isEqualTo(List.copyOf(judge.offered.keySet()));
        for (CatalogEntry entry : entries) {
            ObjectNode said = judge.definition(entry.visibleName());
            assertThat(entry.definition()).isEqualTo(said.deepCopy().put("name", entry.visibleName()));
            assertThat(entry.digest()).isEqualTo(CanonicalJson.sha256(said));
        }
    }

    /** Who may be offered what, from the documents and not from the code. */
    private static final class Judge {
        private static final Set<String> LIFECYCLE = Set.of("reset", "step", "state", "close");

        final Map<String, ObjectNode> offered = new LinkedHashMap<>();
        final Set<String> withheld = new HashSet<>();
        private final Set<String> folded = new HashSet<>();
        private boolean impossible;
        int missing;

        void hear(String upstream, ObjectNode tool) {
            String name = tool.path("name").textValue();
            assertThat(name).as("a name that is text").isNotEmpty();
            boolean pinned = !upstream.equals("pinned")
                    || (name.equals("say") && CanonicalJson.sha256(tool).equals(pin));
            if (!pinned || !isFit(tool)) {
                withheld.add(upstream + "." + name);
                return;
            }
            String visible = upstream.equals("renamed") ? ALIASES.getOrDefault(name, "r_" + name) : name;
            impossible |= !visible.matches("[A-Za-z0-9_.-]{1,128}")
                    || LIFECYCLE.contains(visible.toLowerCase(Locale.ROOT))
                    || !folded.add(visible.toLowerCase(Locale.ROOT));
            offered.put(visible, tool);
        }

        boolean mustRefuse() {
            return impossible || missing == 3;
        }

        ObjectNode definition(String visible) {
            return Objects.requireNonNull(offered.get(visible), visible);
        }

        private static boolean isFit(ObjectNode tool) {
            List<String> texts = new ArrayList<>();
            collect(tool, texts);
            return texts.stream().noneMatch(text -> UNSEEN.matcher(text).find())
                    && texts.stream().mapToInt(String::length).sum() <= 128 * 1024
                    && isTextOrNone(tool.path("title"), 1_000)
                    && isTextOrNone(tool.path("description"), 32 * 1024)
                    && List.of("outputSchema", "annotations", "_meta", "execution").stream()
                            .map(tool::path)
                            .allMatch(part -> part.isMissingNode() || part.isNull() || part.isObject())
                    && (tool.path("icons").isMissingNode()
                            || tool.path("icons").isNull()
                            || tool.path("icons").isArray())
                    && tool.path("inputSchema").path("properties").properties().stream()
                            .allMatch(property -> property.getKey().matches("[!-~]{1,128}"));
        }

        private static boolean isTextOrNone(JsonNode node, int longest) {
            return node.isMissingNode()
                    || node.isNull()
                    || (node.isTextual() && node.textValue().length() <= longest);
        }

        private static void collect(JsonNode node, List<String> texts) {
            if (node.isTextual()) {
                texts.add(node.textValue());
            }
            node.properties().forEach(property -> texts.add(property.getKey()));
            node.forEach(child -> collect(child, texts));
        }
    }
}
