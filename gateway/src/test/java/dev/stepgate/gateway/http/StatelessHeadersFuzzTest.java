package dev.stepgate.gateway.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stepgate.environment.EnvironmentCatalog;
import dev.stepgate.gateway.catalog.CatalogEntry;
import dev.stepgate.gateway.catalog.ServedEnvironment;
import dev.stepgate.gateway.catalog.ServedEnvironment.State;
import dev.stepgate.gateway.catalog.ToolCatalog;
import dev.stepgate.tool.Deadline;
import dev.stepgate.tool.ToolDescriptor;
import io.vertx.core.MultiMap;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Headers are taken only where each says what the body says; a judge of its own, which is strict, looks at every pair. */
class StatelessHeadersFuzzTest {
    private static final int RUNS = Integer.getInteger("stepgate.fuzz", 20_000);
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
    private static final List<String> VALUES = List.of(
            "where",
            "Where",
            "eu",
            "eu ",
            "",
            "\u00e4",
            "=?base64?ZXU=?=",
            "=?base64?",
            "5",
            "05",
            "5.0",
            "5e0",
            "1e9999999999",
            "-0",
            "0");

    @TempDir
    Path folder = Path.of("");

    private ServedEnvironment environment;

    @BeforeEach
    void serve() throws IOException {
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
        ObjectNode tool = NODES.objectNode().put("name", "where");
        ObjectNode properties =
                tool.putObject("inputSchema").put("type", "object").putObject("properties");
        properties.putObject("region").put("type", "string").put("x-mcp-header", "Region");
        properties.putObject("zone").put("type", "integer").put("x-mcp-header", "Zone");
        environment.become(new State.Available(
                "none", ToolCatalog.of(List.of(CatalogEntry.of("where", "u", ToolDescriptor.of(tool))))));
    }

    @Test
    void takesNoHeaderThatDiffersFromTheBody() {
        Random random = new Random(Long.getLong("stepgate.seed", 1));
        int taken = 0;
        for (int i = 0; i < RUNS; i++) {
            ObjectNode params = NODES.objectNode().put("name", random.nextInt(8) == 0 ? one(random) : "where");
            ObjectNode arguments = params.putObject("arguments");
            MultiMap headers = MultiMap.caseInsensitiveMultiMap();
            send(headers, "Mcp-Method", "tools/call", random);
            send(headers, "Mcp-Name", params.path("name").asText(), random);
            if (random.nextBoolean()) {
                arguments.put("region", one(random));
                send(headers, "Mcp-Param-Region", arguments.path("region").asText(), random);
            } else if (random.nextInt(8) == 0) {
                headers.add("mcp-param-region", "eu");
            }
            if (random.nextBoolean()) {
                arguments.put("zone", random.nextInt(10));
                send(headers, "Mcp-Param-Zone", arguments.path("zone").asText(), random);
            }
            Ask ask = new Ask("POST", "", "", headers, new byte[0], Deadline.in(Duration.ofMinutes(1)), NOWHERE);

            if (StatelessHeaders.mismatch(ask, "tools/call", params, environment)
                    .isEmpty()) {
                taken++;
                assertSays(headers, "Mcp-Method", "tools/call", false);
                assertSays(headers, "Mcp-Name", params.path("name").asText(), false);
                if (params.path("name").asText().equals("where")) {
                    assertSaysOrAbsent(headers, "Mcp-Param-Region", arguments, "region", false);
                    assertSaysOrAbsent(headers, "Mcp-Param-Zone", arguments, "zone", true);
                }
            }
        }
        assertThat(taken).isBetween(RUNS / 20, RUNS * 9 / 10);
    }

    /** Mostly what is right, in one of its spellings; else another value, nothing, or it twice. */
    private static void send(MultiMap headers, String name, String value, Random random) {
        switch (random.nextInt(12)) {
            case 0 -> headers.add(name, one(random));
            case 1 -> {}
            case 2 -> headers.add(name, value).add(name.toLowerCase(java.util.Locale.ROOT), one(random));
            case 3, 4 -> headers.add(name, encoded(value));
            case 5 -> headers.add(name, encoded(value).replace("=?base64?", "=?Base64?"));
            default -> headers.add(name, value);
        }
    }

    private static String encoded(String value) {
        return "=?base64?" + Base64.getEncoder().encodeToString(value.getBytes(UTF_8)) + "?=";
    }

    private static String one(Random random) {
        return VALUES.get(random.nextInt(VALUES.size()));
    }

    private static void assertSaysOrAbsent(
            MultiMap headers, String name, ObjectNode arguments, String argument, boolean number) {
        if (arguments.has(argument)) {
            assertSays(headers, name, arguments.path(argument).asText(), number);
        } else {
            assertThat(headers.getAll(name)).isEmpty();
        }
    }

    private static void assertSays(MultiMap headers, String name, String value, boolean number) {
        assertThat(headers.getAll(name)).as(name).hasSize(1);
        String sent = headers.getAll(name).getFirst();
        boolean same = sent.equals(encoded(value)) || (sent.equals(value) && !sent.startsWith("=?base64?ZXU="));
        assertThat(same || (number && new BigDecimal(sent).compareTo(new BigDecimal(value)) == 0))
                .as("%s: %s for %s", name, sent, value)
                .isTrue();
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
        public EventStream stream() {
            throw new IllegalStateException("nobody is answered");
        }

        @Override
        public void onGone(Runnable action) {}
    };
}
