package dev.stepgate.environment;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stepgate.environment.CredentialReference.Injection;
import dev.stepgate.yaml.Problem;
import dev.stepgate.yaml.YamlRefused;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class CredentialReaderTest {
    private static final String ENVIRONMENT = """
            name: e
            stepgate:
              upstreams:
                web: { http: { url: "https://api.example.com/mcp" } }
                pg: { stdio: { command: node } }
                own: { builtin: echo }
              credentials:
                one:
                  source: SOURCE
                  inject: INJECT
                  bind: BIND
            """;
    private static final String WEB = "{ upstream: web, hosts: [ \"api.example.com:443\" ], tools: [ pay ] }";

    private static List<String> read(String source, String inject, String bind) {
        try {
            return ManifestReader.read(
                            "m",
                            ENVIRONMENT
                                    .replace("SOURCE", "{ kv2: team/one" + source + " }")
                                    .replace("INJECT", inject)
                                    .replace("BIND", bind),
                            Path.of(""))
                    .credentials()
                    .training()
                    .stream()
                    .map(reference -> reference.inject().toString())
                    .toList();
        } catch (YamlRefused refused) {
            return refused.problems().stream().map(Problem::message).toList();
        }
    }

    @Test
    void readsArgumentsAndFiles() {
        assertThat(read(", field: key", "{ arg: /auth/api_key }", WEB))
                .containsExactly(new Injection.Argument("/auth/api_key", "key").toString());
        assertThat(read("", "{ files: { token: key } }", "{ upstream: pg }"))
                .containsExactly(new Injection.FileSet(Map.of("token", "key")).toString());
    }

    @Test
    void refusesAnArgumentOfNoToolOfNoFieldOrOfAnotherHost() {
        assertThat(read(", field: key", "{ arg: /key }", "{ upstream: pg }"))
                .containsExactly("`arg` needs `bind: tools`, the tools that have the argument");
        assertThat(read("", "{ arg: /key }", WEB)).containsExactly("a credential for `arg` needs `source: field`");
        assertThat(read(", field: key", "{ arg: key }", WEB))
                .containsExactly("`arg` must be a pointer as `/auth/api_key`");
        assertThat(read(", field: key", "{ arg: /key }", "{ upstream: web, tools: [ pay ] }"))
                .containsExactly("its upstream is at `api.example.com:443`, which `bind: hosts` does not name");
        assertThat(read(", field: key", "{ arg: /key }", "{ upstream: own, tools: [ pay ] }"))
                .containsExactly("`arg` needs an upstream that is `http` or `stdio`");
        assertThat(read(", field: key", "{ arg: /key, format: \"{}\" }", WEB))
                .containsExactly("`format` is for a header");
    }

    @Test
    void refusesFilesThatNoProcessGetsOrThatLieElsewhere() {
        assertThat(read("", "{ files: { token: key } }", "{ upstream: web }"))
                .containsExactly("`env` and `files` need an upstream that is a `stdio` process");
        assertThat(read("", "{ files: { ../token: key } }", "{ upstream: pg }"))
                .containsExactly("`../token` is no name of a file");
        assertThat(read("", "{ files: { a: k, b: k, c: k, d: k, e: k } }", "{ upstream: pg }"))
                .containsExactly("a credential is put into 1 to 4 files");
        assertThat(read("", "{ files: { token: key }, env: { KEY: key } }", "{ upstream: pg }"))
                .containsExactly("a credential is injected by exactly one of header, arg, env and files");
    }
}
