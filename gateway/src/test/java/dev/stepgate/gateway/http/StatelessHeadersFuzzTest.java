package dev.stepgate.gateway.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stepgate.Mutants;
import dev.stepgate.environment.EnvironmentCatalog;
import dev.stepgate.gateway.catalog.CatalogEntry;
import dev.stepgate.gateway.catalog.ServedEnvironment;
import dev.stepgate.gateway.catalog.ServedEnvironment.State;
import dev.stepgate.gateway.catalog.ToolCatalog;
import dev.stepgate.json.JsonProblem;
import dev.stepgate.json.StrictJson;
import dev.stepgate.tool.Deadline;
import dev.stepgate.tool.ToolDescriptor;
import io.vertx.core.MultiMap;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Headers are taken where each says what the body says, and refused where one does not: a judge of its own looks at every pair.
 * An input is lines of headers, an empty one, and a method with its {@code params}.
 */
class StatelessHeadersFuzzTest {
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    private static final List<String> SPLICES = List.of(
            "Mcp-Method: tools/call\n",
            "Mcp-Name: where\n",
            "mcp-name: where\n",
            "Mcp-Param-Region: eu\n",
            "MCP-PARAM-ZONE: 5\n",
            "Mcp-Param-Other: 1\n",
            "=?base64?",
            "?=",
            "=?base64?ZXU=?=",
            "=?base64?ZXV=?=",
            "=?base64?ZXU?=",
            "=?base64?/w==?=",
            "=?base64?d2hlcmU=?=",
            "where",
            "Where",
            "eu",
            "\u00e4",
            "5",
            "05",
            "5.0",
            "5e0",
            "1e9999999999",
            "0e-999999999",
            "-0",
            "true",
            "null",
            "\"zone\":5,",
            "\"region\":\"eu\",",
            "\"name\":\"where\",",
            "{\"name\":\"where\",\"arguments\":{\"region\":\"eu\"}}",
            "\t",
            " ",
            "\n");

    private static final Map<String, List<String>> MARKED =
            Map.of("region", List.of("region"), "zone", List.of("zone"), "loud", List.of("deep", "loud"));

    private static final Pattern BASE64 =
            Pattern.compile("(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?");

    @SuppressWarnings("NullAway.Init") // before the first test
    private static ServedEnvironment environment;

    @BeforeAll
    static void serve(@TempDir Path folder) throws IOException {
        Path manifests = Files.createDirectories(folder.resolve("e"));
        Files.writeString(manifests.resolve("openenv.yaml"), """
                spec_version: 1
                name: e
                type: space
                runtime: fastapi
                app: server.app:app
                port: 8000
                stepgate: { upstreams: { u: { builtin: echo } } }
                """);
        environment = new ServedEnvironment(
                EnvironmentCatalog.load(List.of(folder)).manifests().getFirst(), null);
        ObjectNode tool = (ObjectNode) StrictJson.parse("""
                {"name": "where", "inputSchema": {"type": "object", "properties": {
                  "region": {"type": "string", "x-mcp-header": "Region"},
                  "zone": {"type": "integer", "x-mcp-header": "Zone"},
                  "deep": {"type": "object", "properties": {"loud": {"type": "boolean", "x-mcp-header": "Loud"}}},
                  "else": {"type": "string"}}}}""".getBytes(UTF_8));
        environment.become(new State.Available(
                "none", ToolCatalog.of(List.of(CatalogEntry.of("where", "u", ToolDescriptor.of(tool))))));
    }

    @Test
    void takesTheHeadersThatSayWhatTheBodySaysAndNoOthers() {
        Mutants mutants = Mutants.of(StatelessHeadersFuzzTest.class, "anyHeaders", SPLICES);
        int taken = 0;
        int refused = 0;
        for (int i = 0; i < Mutants.RUNS; i++) {
            switch (check(mutants.next())) {
                case TAKEN -> taken++;
                case REFUSED -> refused++;
                case NO_REQUEST -> {}
            }
        }
        assertThat(taken).isGreaterThan(Mutants.RUNS / 20);
        assertThat(refused).isGreaterThan(Mutants.RUNS / 5);
    }

    @FuzzTest
    void anyHeaders(byte[] request) {
        check(request);
    }

    private enum Seen {
        TAKEN,
        REFUSED,
        NO_REQUEST
    }

    private static Seen check(byte[] request) {
        String text = new String(request, UTF_8);
        int end = text.indexOf("\n\n");
        int space = text.indexOf(' ', end + 2);
        if (end < 0 || space < 0) {
            return Seen.NO_REQUEST;
        }
        MultiMap headers = MultiMap.caseInsensitiveMultiMap();
        for (String line : text.substring(0, end).split("\n", -1)) {
            int colon = line.indexOf(':');
            if (colon > 0) {
                headers.add(line.substring(0, colon), line.substring(colon + 1).strip()); // as the server strips it
            }
        }
        String method = text.substring(end + 2, space);
        try {
            return StrictJson.parse(text.substring(space + 1).getBytes(UTF_8)) instanceof ObjectNode params
                    ? judged(headers, method, params)
                    : Seen.NO_REQUEST;
        } catch (JsonProblem unread) {
            return Seen.NO_REQUEST;
        }
    }

    private static Seen judged(MultiMap headers, String method, ObjectNode params) {
        Ask ask = new Ask("POST", "", "", headers, new byte[0], Deadline.in(Duration.ofMinutes(1)), NOWHERE);
        boolean taken =
                StatelessHeaders.mismatch(ask, method, params, environment).isEmpty();
        assertThat(taken).as("%s %s %s", headers, method, params).isEqualTo(agree(headers, method, params));
        return taken ? Seen.TAKEN : Seen.REFUSED;
    }

    /** The judge: what the specification asks for, in its own order. */
    private static boolean agree(MultiMap headers, String method, ObjectNode params) {
        if (!saysOnce(headers, "Mcp-Method", NODES.textNode(method))) {
            return false;
        }
        String named = Map.of("tools/call", "name", "prompts/get", "name", "resources/read", "uri")
                .get(method);
        // A name that is none is refused with the method's own words, whatever a header says.
        if (named != null && params.path(named).isTextual() && !saysOnce(headers, "Mcp-Name", params.path(named))) {
            return false;
        }
        return !method.equals("tools/call")
                || !params.path("name").equals(NODES.textNode("where"))
                || MARKED.entrySet().stream()
                        .allMatch(mark -> repeats(headers, mark.getKey(), argument(params, mark.getValue())));
    }

    private static JsonNode argument(ObjectNode params, List<String> path) {
        JsonNode value = params.path("arguments");
        for (String step : path) {
            value = value.path(step);
        }
        return value.isTextual() || value.isNumber() || value.isBoolean() ? value : MissingNode.getInstance();
    }

    private static boolean repeats(MultiMap headers, String mark, JsonNode value) {
        String header = "mcp-param-" + mark;
        return value.isMissingNode() ? headers.getAll(header).isEmpty() : saysOnce(headers, header, value);
    }

    private static boolean saysOnce(MultiMap headers, String name, JsonNode value) {
        List<String> sent = headers.getAll(name);
        if (sent.size() != 1) {
            return false;
        }
        String said = decoded(sent.getFirst());
        return said != null && (said.equals(value.asText()) || (value.isNumber() && isNumber(said, value)));
    }

    private static boolean isNumber(String said, JsonNode value) {
        // Spelt in another way, but not at any length.
        boolean spelt = said.length() <= 64 && said.matches("[+-]?(\\d+\\.?\\d*|\\.\\d+)([eE][+-]?\\d{1,10})?");
        try {
            return spelt && new BigDecimal(said).compareTo(value.decimalValue()) == 0;
        } catch (NumberFormatException outOfRange) {
            return false;
        }
    }

    private static @Nullable String decoded(String field) {
        if (field.length() >= 11 && field.startsWith("=?base64?") && field.endsWith("?=")) {
            String inner = field.substring(9, field.length() - 2);
            if (!BASE64.matcher(inner).matches()) {
                return null;
            }
            byte[] bytes = Base64.getDecoder().decode(inner);
            String text = new String(bytes, UTF_8);
            return Arrays.equals(text.getBytes(UTF_8), bytes) ? text : null;
        }
        return field.matches("[\\x20-\\x7e\t]*") ? field : null;
    }

    /** Headers are compared without a word to the caller. */
    private static final Wire NOWHERE = new Wire() {
        @Override
        public boolean takesEvents() {
            return false;
        }

        @Override
        public boolean prefersEvents() {
            return false;
        }

        @Override
        public void answer(Answer answer) {
            throw new IllegalStateException("nobody is answered");
        }

        @Override
        public Outflow outflow(String contentType) {
            throw new UnsupportedOperationException();
        }

        @Override
        public EventStream stream() {
            throw new IllegalStateException("nobody is answered");
        }

        @Override
        public void onGone(Runnable action) {}
    };
}
