package dev.stepgate.environment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.stepgate.yaml.YamlRefused;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ManifestPinsTest {
    private static final String A = "sha256:" + "a".repeat(64);
    private static final String B = "sha256:" + "b".repeat(64);
    private static final String HEAD = """
            spec_version: 1
            name: pinned # 😀 this stays
            type: space
            runtime: fastapi
            app: server.app:app
            port: 8000
            stepgate:
              upstreams:
            """;
    private static final String TAIL = "  # and this\n  isolation: { profile: dev }\n";

    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "    one: { http: { url: \"http://127.0.0.1:9/mcp\" } } # behind\n",
                "    one: {\n      http: { url: \"http://127.0.0.1:9/mcp\" }\n    }\n",
                "    one:\n      # before\n      http:\n        url: \"http://127.0.0.1:9/mcp\"\n",
                "    one:\n      http: { url: \"http://127.0.0.1:9/mcp\" }\n      pin:\n        old: \"OLD\"\n        older: OLD # gone\n",
                "    one:\n      pin: { old: OLD, older: OLD }\n      http: { url: \"http://127.0.0.1:9/mcp\" }\n",
                "    one: { http: { url: \"http://127.0.0.1:9/mcp\" }, pin: { old: OLD } }\n",
                "    one: { pin: {}, http: { url: \"http://127.0.0.1:9/mcp\" } }\n"
            })
    void writesPinsAsTheUpstreamIsWritten(String upstream) throws YamlRefused, IOException {
        String before = HEAD + upstream.replace("OLD", B) + "    two: { builtin: echo }\n" + TAIL;

        String after = ManifestPins.write("m", before, "one", new TreeMap<>(Map.of("say", A, "odd \"name\" \\", B)));

        assertThat(pins(after)).containsExactlyInAnyOrderEntriesOf(Map.of("say", A, "odd \"name\" \\", B));
        assertThat(after).startsWith(HEAD).endsWith("    two: { builtin: echo }\n" + TAIL);
        assertThat(ManifestPins.write("m", after, "one", Map.of("say", B)))
                .satisfies(again -> assertThat(pins(again)).isEqualTo(Map.of("say", B)));
    }

    @Test
    void refusesAnUpstreamThatIsNotThere() {
        assertThatThrownBy(() -> ManifestPins.write("m", HEAD + "    two: { builtin: echo }\n", "one", Map.of("a", A)))
                .isInstanceOf(YamlRefused.class);
    }

    private Map<String, String> pins(String manifest) throws IOException {
        Path file = Files.createDirectories(folder.resolve("pinned")).resolve("openenv.yaml");
        Files.writeString(file, manifest);
        EnvironmentCatalog catalog = EnvironmentCatalog.load(List.of(folder));
        assertThat(catalog.problems()).isEmpty();
        return catalog.manifests().getFirst().upstreams().getFirst().visible().pins();
    }
}
