package dev.stepgate.environment;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stepgate.environment.EpisodeLimits.McpSession;
import dev.stepgate.environment.Upstream.Visible;
import dev.stepgate.environment.egress.Destination;
import dev.stepgate.yaml.Problem;
import dev.stepgate.yaml.YamlRefused;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class EnvironmentCatalogTest {
    private static final Path FOLDER = Path.of("/manifest/folder");
    private static final Path BUNDLED = Path.of("").toAbsolutePath();
    private static final int MUTATIONS = 20_000;
    private static final long SEED = 20_261_125;

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path temp;

    @Test
    void loadsTheBundledManifests() {
        EnvironmentCatalog catalog = EnvironmentCatalog.load(List.of(BUNDLED));
        assertThat(catalog.problems()).isEmpty();
        assertThat(catalog.manifests())
                .extracting(EnvironmentManifest::name)
                .containsExactly("echo", "files", "workspace");

        EnvironmentManifest echo = catalog.manifests().getFirst();
        assertThat(echo.upstreams())
                .containsExactly(new Upstream.Builtin("echo", Visible.UNCHANGED, "echo", BUNDLED.resolve("echo")));
        assertThat(echo.episode().capacity()).isEqualTo(16_384);

        EnvironmentManifest files = catalog.manifests().get(1);
        assertThat(files.upstreams())
                .containsExactly(new Upstream.Stdio(
                        "fs",
                        Visible.UNCHANGED,
                        "node",
                        List.of(
                                "{packages}/node_modules/@modelcontextprotocol/server-filesystem/dist/index.js",
                                "{workspace}"),
                        Map.of(),
                        new Upstream.Packages(
                                BUNDLED.resolve("files/node_modules"), "npm ci --prefix environments/files"),
                        1));
        assertThat(files.isolation().required())
                .containsExactlyInAnyOrder(
                        Guarantee.FS_READ,
                        Guarantee.FS_WRITE,
                        Guarantee.NET_NONE,
                        Guarantee.ENV_CLEAN,
                        Guarantee.FD_CLEAN,
                        Guarantee.SYSCALL_FILTER,
                        Guarantee.NO_PRIV_GAIN,
                        Guarantee.KILL_TREE);
        assertThat(files.isolation().limits().memoryBytes()).isEqualTo(512L << 20);
    }

    @Test
    void readsWhatIsOfOneMode() throws Exception {
        EnvironmentManifest manifest = read("""
                name: e
                stepgate:
                  upstreams:
                    u: { builtin: echo, visible: { template: "x_{tool}" } }
                    v: { builtin: echo }
                  episode: { capacity: 9, max_steps: 50 }
                  credentials:
                    key:
                      source: { kv2: a/b, field: token }
                      inject: { header: Authorization }
                      bind: { upstream: u, hosts: [ "api.example.com:443" ] }
                  modes:
                    training:
                      limits: { max_steps: 20 }
                      faults: { seed: 7, latency: { share: 0.5, max_millis: 20 }, tool_error: 0.1 }
                    production:
                      backends: { u: { http: { url: "https://api.example.com/mcp" } } }
                      credentials: [ key ]
                      limits: { capacity: 3 }
                """);
        EnvironmentManifest production = manifest.in(true);
        assertThat(manifest.upstreams())
                .extracting(upstream -> upstream.getClass().getSimpleName())
                .containsExactly("Builtin", "Builtin");
        assertThat(manifest.episode().capacity()).isEqualTo(9);
        assertThat(manifest.episode().maxSteps()).isEqualTo(20);
        assertThat(manifest.credentials().of(false)).isEmpty();
        assertThat(production.upstreams().getFirst())
                .isEqualTo(new Upstream.Http(
                        "u", manifest.upstreams().getFirst().visible(), URI.create("https://api.example.com/mcp")));
        assertThat(production.upstreams().getLast())
                .isEqualTo(manifest.upstreams().getLast());
        assertThat(production.episode().capacity()).isEqualTo(3);
        assertThat(production.episode().maxSteps()).isEqualTo(50);
        assertThat(manifest.modes().training().faults())
                .isEqualTo(new Faults(7, 0.5, Duration.ZERO, Duration.ofMillis(20), 0, 0, 0.1));
        assertThat(manifest.modes().production().faults()).isEqualTo(Faults.NONE);
        assertThat(production.credentials().of(true)).hasSize(1);
        assertThat(production.in(false)).isEqualTo(manifest);
        assertThat(manifest.otherwise(true).upstreams()).hasSize(1);
    }

    @Test
    void fillsInWhatAManifestLeavesOut() throws Exception {
        EnvironmentManifest manifest = read("name: e\nstepgate:\n  upstreams: { u: { builtin: echo } }\n");
        assertThat(manifest.description()).isEqualTo("e environment");
        assertThat(manifest.version()).isEqualTo("1.0.0");
        assertThat(manifest.isolation())
                .isEqualTo(new Isolation(
                        Profile.STANDARD,
                        Profile.STANDARD.required(),
                        new Isolation.Limits(1L << 30, 128, 64L << 20, 64L << 20, 1_024)));
        assertThat(manifest.episode())
                .isEqualTo(new EpisodeLimits(
                        64,
                        0,
                        Duration.ofSeconds(30),
                        1_000_000,
                        Duration.ofSeconds(55),
                        Duration.ofHours(1),
                        McpSession.OWN));
    }

    @Test
    void takesEveryKeyOfTheSection() throws Exception {
        EnvironmentManifest manifest = read("""
                name: e-1_x
                version: 2.0
                stepgate:
                  upstreams:
                    a:
                      stdio: { command: node, args: [ a, "1" ], env: { PORT: 80, ON: true }, warm: 3 }
                      visible: { template: "a_{tool}", aliases: { read: look } }
                    b: { http: { url: "https://tools.example.org:8443/mcp" } }
                  isolation:
                    { profile: strict, required: [], egress: [ "API.example.com:443" ], memory: 2G, pids: 8, disk: 4M, files: 512K, open_files: 16 }
                  episode:
                    { capacity: 1, queue: 8, queue_wait: 2s, max_steps: 5, deadline: 500ms, idle: 10m, mcp_session: shared }
                """);
        assertThat(manifest.version()).isEqualTo("2.0");
        assertThat(manifest.upstreams())
                .containsExactly(
                        new Upstream.Stdio(
                                "a",
                                new Visible("a_{tool}", Map.of("read", "look")),
                                "node",
                                List.of("a", "1"),
                                Map.of("PORT", "80", "ON", "true"),
                                null,
                                3),
                        new Upstream.Http("b", Visible.UNCHANGED, URI.create("https://tools.example.org:8443/mcp")));
        assertThat(manifest.isolation().profile()).isEqualTo(Profile.STRICT);
        assertThat(manifest.isolation().required()).containsExactly(Guarantee.NET_ALLOWLIST);
        assertThat(manifest.isolation().egress()).containsExactly(new Destination("api.example.com", 443));
        assertThat(manifest.isolation().limits())
                .isEqualTo(new Isolation.Limits(2L << 30, 8, 4L << 20, 512L << 10, 16));
        assertThat(manifest.episode())
                .isEqualTo(new EpisodeLimits(
                        1,
                        8,
                        Duration.ofSeconds(2),
                        5,
                        Duration.ofMillis(500),
                        Duration.ofMinutes(10),
                        McpSession.SHARED));
    }

    @Test
    void takesOpenEnvServersByAddressAndByCommand() throws Exception {
        EnvironmentManifest manifest = read("""
                name: e
                stepgate:
                  upstreams:
                    far: { openenv: { url: "http://127.0.0.1:9/maze" } }
                    near:
                      openenv:
                        command: python3
                        args: [ --port, "{port}" ]
                        env: { A: 1 }
                        port: 9000
                        warm: 0
                        actions: { move: { description: Moves., fixed: { kind: move } }, wait: {} }
                      packages: { folder: site, install: pip }
                """);
        assertThat(manifest.upstreams())
                .containsExactly(
                        new Upstream.OpenEnvRemote(
                                "far", Visible.UNCHANGED, URI.create("http://127.0.0.1:9/maze"), List.of()),
                        new Upstream.OpenEnvServer(
                                "near",
                                Visible.UNCHANGED,
                                "python3",
                                List.of("--port", "{port}"),
                                Map.of("A", "1"),
                                new Upstream.Packages(FOLDER.resolve("site"), "pip"),
                                9_000,
                                0,
                                List.of(
                                        new Upstream.Action("move", "Moves.", Map.of("kind", "move")),
                                        new Upstream.Action("wait", "", Map.of()))));
        assertThat(manifest.upstreams()).allMatch(Upstream::isOpenEnv);
        assertThat(manifest.upstreams()).extracting(Upstream::isStarted).containsExactly(false, true);
    }

    @Test
    void namesToolsByAliasBeforeTemplate() {
        Visible visible = new Visible("fs_{tool}", Map.of("read", "look"));
        assertThat(visible.nameOf("read")).isEqualTo("look");
        assertThat(visible.nameOf("write")).isEqualTo("fs_write");
    }

    @Test
    void takesTheOtherKeysOfOpenEnvAsTheyCome() throws Exception {
        EnvironmentManifest manifest = read("""
                spec_version: [ 1, { two: 3 } ]
                name: e
                type: ~
                runtime: { fastapi: true }
                app: 7
                port: none
                whatever_comes: next
                stepgate: { upstreams: { u: { builtin: echo } } }
                """);
        assertThat(manifest.name()).isEqualTo("e");
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("broken")
    void saysWhereWhatAndTheWayOut(String message, String place, String help, String manifest) {
        assertThat(problemsOf(manifest)).containsExactly(message + " | " + place + " | " + help);
    }

    static Stream<Arguments> broken() {
        return Stream.of(
                broken(
                        "unknown key `upstream`",
                        "3:3",
                        "did you mean `upstreams`?",
                        "name: e\nstepgate:\n  upstream: {}\n"),
                stepgate(
                        "a mode may not change `visible`",
                        "3:24",
                        "it may change backends, credentials, limits and, in training, faults; the interface is the same in both",
                        "modes: { training: { visible: {} } }"),
                stepgate(
                        "what a mode changes of `callers` stands in the policy",
                        "3:26",
                        "write `who` under `modes` there",
                        "modes: { production: { callers: {} } }"),
                stepgate(
                        "there is no upstream `w` to have another backend",
                        "3:38",
                        "did you mean `u`?",
                        "modes: { production: { backends: { w: { builtin: echo } } } }"),
                stepgate(
                        "unknown key `visible`",
                        "3:58",
                        "valid: builtin, http, openenv, packages, stdio",
                        "modes: { production: { backends: { u: { builtin: echo, visible: {} } } } }"),
                stepgate(
                        "nothing goes wrong on purpose in production",
                        "3:26",
                        "leave `faults` out",
                        "modes: { production: { faults: { timeout: 0.1 } } }"),
                stepgate(
                        "`timeout` must be a share from 0 to 1",
                        "3:34",
                        "for example 0.05",
                        "modes: { training: { faults: { timeout: -1 } } }"),
                stepgate(
                        "the shares of `faults` make more than 1",
                        "3:32",
                        "a call fails in one way at most",
                        "modes: { training: { faults: { timeout: 0.6, env_error: 0.6 } } }"),
                stepgate("unknown key `isolatoin`", "3:3", "did you mean `isolation`?", "isolatoin: {}"),
                stepgate(
                        "unknown key `cap`",
                        "3:14",
                        "valid: capacity, deadline, idle, max_steps, mcp_session, queue, queue_wait",
                        "episode: { cap: 1 }"),
                upstream("unknown key `visable`", "3:36", "did you mean `visible`?", "{ builtin: echo, visable: {} }"),
                upstream(
                        "unknown key `cmd`",
                        "3:42",
                        "valid: args, command, env, warm",
                        "{ stdio: { command: x, cmd: y } }"),
                broken("key `name` stands here twice", "2:1", "it first stands at line 1", "name: e\nname: f\n"),
                upstream(
                        "key `builtin` stands here twice",
                        "3:36",
                        "it first stands at line 3",
                        "{ builtin: echo, builtin: echo }"),
                broken("anchors are not taken", "1:7", "write the value out where it is used", "name: &n e\n"),
                broken("aliases are not taken", "2:14", "write the value out", "name: e\ndescription: *n\n"),
                broken("tags are not taken", "1:7", "write the plain value", "name: !!str e\n"),
                broken("merge keys are not taken", "2:1", "write the entries out", "name: e\n<<: { a: b }\n"),
                broken("the file is empty", "1:1", "", ""),
                named("`name` must match [a-z0-9][a-z0-9_-]{0,62}", "1:1", "it is the id in URLs", "Echo"),
                named("`name` must match [a-z0-9][a-z0-9_-]{0,62}", "1:1", "it is the id in URLs", "../e"),
                named("`name` must match [a-z0-9][a-z0-9_-]{0,62}", "1:1", "it is the id in URLs", "e".repeat(64)),
                broken("a mapping was expected, not a list", "2:11", "", "name: e\nstepgate: []\n"),
                broken("the environment names no upstream", "1:1", "add `stepgate: upstreams:`", "name: e\n"),
                broken(
                        "the environment names no upstream",
                        "2:1",
                        "add `stepgate: upstreams:`",
                        "name: e\nstepgate: { upstreams: {} }\n"),
                broken(
                        "an upstream's name must match [a-z0-9][a-z0-9_-]{0,31}",
                        "2:26",
                        "",
                        "name: e\nstepgate: { upstreams: { U: { builtin: echo } } }\n"),
                upstream(
                        "an upstream is exactly one of stdio, http, openenv and builtin",
                        "3:19",
                        "",
                        "{ builtin: echo, http: { url: 'http://h/' } }"),
                upstream("an upstream is exactly one of stdio, http, openenv and builtin", "3:19", "", "{}"),
                upstream("no builtin `ecko`", "3:21", "did you mean `echo`?", "{ builtin: ecko }"),
                upstream("no builtin `chess`", "3:21", "valid: echo, workspace", "{ builtin: chess }"),
                upstream("`command` is missing", "3:28", "", "{ stdio: {} }"),
                upstream("`openenv` has exactly one of url and command", "3:21", "", "{ openenv: {} }"),
                upstream(
                        "`port` belongs to a server that is started by `command`",
                        "3:50",
                        "",
                        "{ openenv: { url: 'http://h/', port: 1 } }"),
                upstream(
                        "`port` must be a whole number from 1 to 65535",
                        "3:50",
                        "",
                        "{ openenv: { command: x, port: 0 } }"),
                upstream(
                        "a tool's name must match [A-Za-z0-9_.-]{1,64}",
                        "3:55",
                        "",
                        "{ openenv: { command: x, actions: { \"a b\": {} } } }"),
                url("http://user@h/"),
                url("http://user:secret@h/mcp"),
                url("http://h/mcp?key=secret"),
                url("http://h/mcp#part"),
                url("ftp://h/mcp"),
                url("//h/mcp"),
                url("/mcp"),
                url("http:///mcp"),
                url("http://h/a b"),
                packages("../other"),
                packages("/etc"),
                packages("a/../../b"),
                packages("a\\0b"),
                stepgate(
                        "`deadline` must be a duration of at most 55s",
                        "3:24",
                        "for example 30s, 10m or 1h",
                        "episode: { deadline: 56s }"),
                stepgate(
                        "`deadline` must be a duration of at most 55s",
                        "3:24",
                        "for example 30s, 10m or 1h",
                        "episode: { deadline: 0s }"),
                stepgate(
                        "`idle` must be a duration of at most 604800s",
                        "3:20",
                        "for example 30s, 10m or 1h",
                        "episode: { idle: 10 }"),
                stepgate("`memory` must be a size", "3:24", "for example 512M or 1G", "isolation: { memory: 512 }"),
                stepgate("`memory` must be a size", "3:24", "for example 512M or 1G", "isolation: { memory: 0M }"),
                stepgate("`disk` must be a size", "3:22", "for example 512M or 1G", "isolation: { disk: 00K }"),
                stepgate("`pids` must be a whole number from 1 to 32768", "3:22", "", "isolation: { pids: 0 }"),
                stepgate(
                        "no guarantee `net_non`",
                        "3:37",
                        "did you mean `net_none`?",
                        "isolation: { required: [ fs_read, net_non ] }"),
                stepgate("`required` must be a list, not a string", "3:26", "", "isolation: { required: all }"),
                stepgate(
                        "`strikt` is no `profile`", "3:25", "did you mean `strict`?", "isolation: { profile: strikt }"),
                stepgate(
                        "a way out must be a host's full name and a port, no address and no wildcard",
                        "3:26",
                        "for example api.example.com:443",
                        "isolation: { egress: [ example.org ] }"),
                upstream(
                        "`template` must hold {tool}",
                        "3:47",
                        "for example fs_{tool}",
                        "{ builtin: echo, visible: { template: fs } }"));
    }

    @Test
    void reportsEveryProblemOfAFileAtOnce() {
        assertThat(problemsOf("""
                name: E
                stepgate:
                  upstreams: { u: { builtin: chess } }
                  isolation: { memory: much }
                  episode: { capacity: 0 }
                """)).hasSize(4);
    }

    @Test
    void servesNeitherOfTwoEnvironmentsOfOneName() throws Exception {
        Path one = write("one/a", "name: same\nstepgate: { upstreams: { u: { builtin: echo } } }\n");
        Path two = write("two/b", "spec_version: 1\nname: same\nstepgate: { upstreams: { u: { builtin: echo } } }\n");
        write("two/c", "name: other\nstepgate: { upstreams: { u: { builtin: echo } } }\n");
        EnvironmentCatalog catalog = EnvironmentCatalog.load(List.of(temp.resolve("one"), temp.resolve("two")));
        assertThat(catalog.manifests()).extracting(EnvironmentManifest::name).containsExactly("other");
        assertThat(catalog.problems())
                .extracting(Problem::toString)
                .containsExactly(
                        two + ":2:1: environment `same` also stands in " + one + ", so neither is served (rename one)");
    }

    @Test
    void servesTheOthersBesideABrokenManifest() throws Exception {
        write("all/a", "name: A\n");
        write("all/b", "name: b\nstepgate: { upstreams: { u: { builtin: echo } } }\n");
        Path binary = write("all/c", "");
        Files.write(binary, new byte[] {(byte) 0xff, 'x'});
        Files.createDirectories(temp.resolve("all/no-environment"));
        EnvironmentCatalog catalog = EnvironmentCatalog.load(List.of(temp.resolve("all"), temp.resolve("absent")));
        assertThat(catalog.manifests()).extracting(EnvironmentManifest::name).containsExactly("b");
        assertThat(catalog.problems())
                .extracting(Problem::message)
                .containsExactly(
                        "`name` must match [a-z0-9][a-z0-9_-]{0,62}",
                        "the file cannot be read as UTF-8",
                        "the folder cannot be read");
    }

    @Test
    void letsNothingEscapeButItsOwnRefusal() throws Exception {
        List<String> bundled = List.of(
                Files.readString(BUNDLED.resolve("echo/openenv.yaml")),
                Files.readString(BUNDLED.resolve("files/openenv.yaml")));
        Random random = new Random(SEED);
        int taken = 0;
        for (int i = 0; i < MUTATIONS; i++) {
            String text = bundled.get(i % bundled.size());
            for (int edits = 1 + random.nextInt(4); edits > 0; edits--) {
                text = mutated(text, random);
            }
            taken += isTaken(text, i) ? 1 : 0;
        }
        // Neither a generator that breaks nothing nor one that breaks everything would show much.
        assertThat(taken).isBetween(MUTATIONS / 50, MUTATIONS * 9 / 10);
    }

    private static boolean isTaken(String text, int mutation) {
        try {
            read(text);
            return true;
        } catch (YamlRefused refused) {
            assertThat(refused.problems()).isNotEmpty();
            return false;
        } catch (RuntimeException | StackOverflowError escaped) {
            throw new AssertionError("mutation " + mutation + ":\n" + text, escaped);
        }
    }

    private static final List<String> PIECES = List.of(
            ":",
            ": ",
            "- ",
            "{",
            "}",
            "[",
            "]",
            "\"",
            "'",
            "&a ",
            "*a",
            "!!int ",
            "<<: ",
            "#",
            "|\n",
            ">-\n",
            "%",
            "@",
            "\n",
            "  ",
            "\t",
            "\0",
            "\\0",
            "\u0085",
            "\u2028",
            "\uFEFF",
            "\uD800",
            "\uD83D\uDE00",
            "---\n",
            "...\n",
            "~",
            "0",
            "-1",
            "1e9999",
            "99999999999999999999",
            "0M",
            ".inf",
            "null",
            "true",
            "http: { url: //h }",
            "http: { url: 'http://[::1' }",
            "builtin: echo",
            "packages: { folder: \"\\0\", install: x }",
            "stepgate:",
            "[".repeat(40),
            "{ a: ".repeat(40));

    private static String mutated(String text, Random random) {
        int from = random.nextInt(text.length() + 1);
        int to = Math.min(text.length(), from + random.nextInt(12));
        String before = text.substring(0, from);
        String after = text.substring(to);
        return switch (random.nextInt(6)) {
            case 0 -> before + after;
            case 1 -> before + PIECES.get(random.nextInt(PIECES.size())) + text.substring(from);
            case 2 -> before + PIECES.get(random.nextInt(PIECES.size())) + after;
            case 3 -> before + text.substring(from, to) + text.substring(from, to) + after;
            case 4 -> withTwoWordsOf(text, random);
            default -> withALine(text, random);
        };
    }

    /** One word in another's place, so that values meet keys that they were not made for. */
    private static String withTwoWordsOf(String text, Random random) {
        String[] words = text.split("\\b", -1);
        words[random.nextInt(words.length)] = words[random.nextInt(words.length)];
        return String.join("", words);
    }

    private static String withALine(String text, Random random) {
        List<String> lines = new ArrayList<>(text.lines().toList());
        if (lines.isEmpty()) {
            return "name: e\n";
        }
        String line = lines.remove(random.nextInt(lines.size()));
        if (random.nextBoolean()) {
            lines.add(random.nextInt(lines.size() + 1), " ".repeat(random.nextInt(3)) + line);
        }
        return String.join("\n", lines);
    }

    private static Arguments broken(String message, String place, String help, String manifest) {
        return Arguments.of(message, place, help, manifest);
    }

    private static Arguments named(String message, String place, String help, String name) {
        return broken(message, place, help, "name: " + name + "\nstepgate: { upstreams: { u: { builtin: echo } } }\n");
    }

    private static Arguments stepgate(String message, String place, String help, String entry) {
        String manifest = "name: e\nstepgate:\n  " + entry + "\n  upstreams: { u: { builtin: echo } }\n";
        return broken(message, place, help, manifest);
    }

    private static Arguments upstream(String message, String place, String help, String upstream) {
        return broken(message, place, help, "name: e\nstepgate:\n  upstreams: { u: " + upstream + " }\n");
    }

    private static Arguments url(String url) {
        return upstream(
                "`url` must be an http or https URL without user, query and fragment",
                "3:29",
                "",
                "{ http: { url: \"" + url + "\" } }");
    }

    private static Arguments packages(String folder) {
        return upstream(
                "`folder` must lie beside the manifest",
                "3:56",
                "",
                "{ stdio: { command: x }, packages: { folder: \"" + folder + "\", install: make } }");
    }

    private static List<String> problemsOf(String manifest) {
        try {
            read(manifest);
            return List.of();
        } catch (YamlRefused refused) {
            return refused.problems().stream()
                    .map(problem -> problem.message() + " | " + problem.place().line() + ":"
                            + problem.place().column() + " | " + problem.help())
                    .toList();
        }
    }

    private static EnvironmentManifest read(String manifest) throws YamlRefused {
        return ManifestReader.read("openenv.yaml", manifest, FOLDER);
    }

    private Path write(String environment, String manifest) throws IOException {
        Path folder = Files.createDirectories(temp.resolve(environment));
        return Files.writeString(folder.resolve("openenv.yaml"), manifest, StandardCharsets.UTF_8);
    }
}
