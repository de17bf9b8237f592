package dev.stepgate.environment.bundled;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stepgate.environment.Isolation;
import dev.stepgate.environment.Sandbox;
import dev.stepgate.environment.SandboxDriver;
import dev.stepgate.environment.SandboxRefused;
import dev.stepgate.environment.SandboxSpec;
import dev.stepgate.environment.bundled.BundledEnvironment.Answer;
import dev.stepgate.environment.bundled.BundledEnvironment.SandboxStarter;
import dev.stepgate.environment.driver.BubblewrapDriver;
import dev.stepgate.environment.driver.ProcessDriver;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** In the sandbox that this machine gives: bubblewrap where it works, else none. */
@Timeout(120)
class WorkspaceEnvironmentTest {
    private static final Isolation.Limits LIMITS = new Isolation.Limits(512L << 20, 128, 64L << 20, 64L << 20, 256);
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    private final SandboxDriver driver = driver();
    private final List<Sandbox> started = new CopyOnWriteArrayList<>();
    private final BundledEnvironment workspace = BundledEnvironment.named(
            "workspace", new BundledEnvironment.Setting(Path.of("workspace").toAbsolutePath(), this::start));

    SandboxDriver driver() {
        BubblewrapDriver bubblewrap = new BubblewrapDriver();
        return bubblewrap.probe().missing().isEmpty() ? bubblewrap : new ProcessDriver();
    }

    private Sandbox start(String command, List<String> args) {
        Path jdk = Path.of(System.getProperty("java.home"));
        SandboxSpec bare = new SandboxSpec(Path.of(command), List.of(), Map.of(), jdk, LIMITS);
        String inside = driver.packagesFolder(bare) + "/" + jdk.getFileName();
        List<String> filled = args.stream()
                .map(arg -> arg.replace(SandboxStarter.JDK, inside))
                .toList();
        try {
            Sandbox sandbox = driver.start(new SandboxSpec(Path.of(command), filled, Map.of(), jdk, LIMITS));
            started.add(sandbox);
            return sandbox;
        } catch (SandboxRefused refused) {
            throw new IllegalStateException(refused);
        }
    }

    @AfterEach
    void leavesNothing() {
        workspace.close();
        assertThat(started).allMatch(Sandbox::provedGone);
        driver.close();
    }

    @Test
    void begins() {
        assertThat(begin(null, "{}")).isEmpty();
        assertThat(text("list_files")).isEqualTo("(nothing)");
        assertThat(error("run_tests")).isEqualTo("there is no task in this workspace");
        assertThat(error("submit")).isEqualTo("there is no task in this workspace");
    }

    @Test
    void writesReadsListsEditsAndFinds() {
        begin(null, "{}");
        String words = "one\ntwo 'quoted' $HOME\n\u00e9\n";
        assertThat(text("write_file", "path", "a b/-x.txt", "content", words)).isEqualTo("written: 26 bytes");
        assertThat(text("read_file", "path", "/workspace/a b/-x.txt")).isEqualTo(words);
        assertThat(text("list_files")).isEqualTo("a b/\na b/-x.txt\n");
        assertThat(text("edit_file", "path", "a b/-x.txt", "old_text", "two", "new_text", "2"))
                .isEqualTo("replaced at line 2");
        assertThat(text("search", "pattern", "'q.*d'")).isEqualTo("./a b/-x.txt:2:2 'quoted' $HOME\n");
        assertThat(text("search", "pattern", "three")).isEqualTo("(no line matches)");
        assertThat(text("run_command", "command", "cat 'a b/-x.txt' | wc -l; exit 3"))
                .isEqualTo("3\n\n(exit code 3)");
    }

    @Test
    void readsPartOfAFile() {
        begin(null, "{}");
        text("write_file", "path", "n", "content", "1\n2\n3\n4\n");
        ObjectNode part = arguments("path", "n").put("first_line", 2).put("lines", 2);
        assertThat(textOf(workspace.call("read_file", part)))
                .isEqualTo("2\n3\n(more lines follow: read on from line 4)");
    }

    @Test
    void keepsWhatIsNoText() {
        begin(null, "{}");
        text("run_command", "command", "printf '\\001\\377\\n' >b; head -c 300000 /dev/zero | tr '\\0' x >long");
        assertThat(text("run_command", "command", "wc -c <b")).startsWith("3\n");
        assertThat(text("read_file", "path", "long")).hasSizeLessThan(31_000).contains("characters left out");
    }

    @ParameterizedTest
    @CsvSource({
        "read_file, ../x, the path leads out of the workspace",
        "read_file, /etc/passwd, the path leads out of the workspace",
        "read_file, a/../../x, the path leads out of the workspace",
        "read_file, nowhere, there is no such file",
    })
    void refusesAPath(String tool, String path, String sentence) {
        begin(null, "{}");
        assertThat(error(tool, "path", path)).isEqualTo(sentence);
    }

    @Test
    void tellsWhyAnEditFails() {
        begin(null, "{}");
        text("write_file", "path", "f", "content", "aa");
        assertThat(error("edit_file", "path", "f", "old_text", "a", "new_text", "b"))
                .contains("more than once");
        assertThat(error("edit_file", "path", "f", "old_text", "c", "new_text", "b"))
                .contains("not in the file");
        assertThat(error("write_file", "path", "f/g", "content", "x")).contains("cannot be written");
    }

    @Test
    void endsACommandThatTakesTooLong() {
        begin(null, "{}");
        ObjectNode slow = arguments("command", "echo begun; sleep 60").put("timeout_s", 1);
        assertThat(textOf(workspace.call("run_command", slow))).isEqualTo("begun\n\n(ended: it took too long)");
        assertThat(text("run_command", "command", "echo on")).startsWith("on");
    }

    String endingTheShell() {
        return "kill -9 $PPID $(ps -o ppid= $PPID)";
    }

    @Test
    void isLostWithItsShellAndSaysSo() {
        begin(null, "{}");
        assertThatThrownBy(() -> text("run_command", "command", endingTheShell() + "; sleep 20"))
                .isInstanceOf(EnvironmentFailed.class);
        assertThat(workspace.usable()).isFalse();
    }

    @Test
    void believesNoForgedReply() {
        begin(null, "{}");
        String forge = "for i in 1 2 3; do echo '0123456789abcdef 0 3' >/proc/1/fd/1; done 2>/dev/null; echo real";
        String answer;
        try {
            answer = text("run_command", "command", forge);
        } catch (EnvironmentFailed lost) {
            return;
        }
        assertThat(answer).startsWith("real");
    }

    @ParameterizedTest
    @CsvSource({
        "train, 0, median",
        "train, 1, roman",
        "train, 2, intervals",
        "train, 3, ledger",
        "test, 0, cache",
        "test, 1, wrap"
    })
    void everyTaskCanBeSolvedAndIsNotSolvedYet(String split, int index, String id) throws IOException {
        String position = "{\"split\":\"" + split + "\",\"index\":" + index + "}";
        ObjectNode first = begin(null, position);
        assertThat(first.path("task_id").asText()).isEqualTo(id);
        assertThat(first.path("prompt").asText()).contains("Main.java");
        assertThat(text("run_tests")).doesNotContain("2 of 2 passed");

        text("write_file", "path", "Main.java", "content", solution(id));
        assertThat(text("run_tests")).endsWith("2 of 2 passed");
        Answer handedIn = workspace.call("submit", NODES.objectNode());
        assertThat(handedIn.reward()).hasToString("1.0");
        assertThat(handedIn.done()).isTrue();
        assertThat(textOf(handedIn)).isEqualTo("Handed in.");
        assertThat(workspace.state()).hasToString("{\"submitted\":true,\"task_id\":\"" + id + "\"}");
        assertThat(error("submit")).isEqualTo("it was handed in already");
    }

    @Test
    void whatIsNotSolvedEarnsAPart() {
        begin(null, "{\"split\":\"train\",\"index\":3}");
        Answer handedIn = workspace.call("submit", NODES.objectNode());
        assertThat(handedIn.reward())
                .isInstanceOfSatisfying(
                        JsonNode.class,
                        reward -> assertThat(reward.doubleValue()).isStrictlyBetween(0.0, 1.0));
    }

    @Test
    void whatDoesNotCompileEarnsNothingAndIsTold() {
        begin(null, "{\"split\":\"train\",\"index\":0}");
        text("write_file", "path", "Main.java", "content", "class Main {");
        assertThat(text("run_tests")).startsWith("It does not compile:").contains("Main.java:1");
        assertThat(workspace.call("submit", NODES.objectNode()).reward()).hasToString("0.0");
    }

    @Test
    void nothingBesideTheProgramTouchesTheResult() {
        begin(null, "{\"split\":\"train\",\"index\":1}");
        // Every compiler and runtime the agent can put in the way stays behind with its sandbox.
        text(
                "run_command",
                "command",
                "mkdir -p bin && printf '#!/bin/sh\\necho 14\\n' >bin/java && chmod +x bin/java");
        assertThat(workspace.call("submit", NODES.objectNode()).reward()).hasToString("0.0");
    }

    @Test
    void aSeedDecidesTheTask() {
        String first = begin(7L, "{}").path("task_id").asText();
        assertThat(first).isNotEmpty();
        for (int again = 0; again < 3; again++) {
            try (BundledEnvironment other = BundledEnvironment.named(
                    "workspace",
                    new BundledEnvironment.Setting(Path.of("workspace").toAbsolutePath(), this::start))) {
                assertThat(other.reset(7L, NODES.objectNode())
                                .observation()
                                .path("task_id")
                                .asText())
                        .isEqualTo(first);
            }
        }
    }

    @Test
    void thereIsNoSuchTask() {
        assertThatThrownBy(() -> begin(null, "{\"split\":\"train\",\"index\":99}"))
                .isInstanceOf(EnvironmentFailed.class);
    }

    private ObjectNode begin(@Nullable Long seed, String parameters) {
        try {
            ObjectNode read = (ObjectNode) new ObjectMapper().readTree(parameters);
            return workspace.reset(seed, read).observation();
        } catch (JsonProcessingException malformed) {
            throw new IllegalArgumentException(malformed);
        }
    }

    private static String solution(String id) throws IOException {
        try (InputStream file = WorkspaceEnvironmentTest.class.getResourceAsStream("/workspace/" + id + ".java")) {
            assertThat(file).isNotNull();
            return new String(file.readAllBytes(), UTF_8);
        }
    }

    private String text(String tool, String... pairs) {
        Answer answer = workspace.call(tool, arguments(pairs));
        assertThat(answer.result().path("isError").asBoolean())
                .as(textOf(answer))
                .isFalse();
        return textOf(answer);
    }

    private String error(String tool, String... pairs) {
        Answer answer = workspace.call(tool, arguments(pairs));
        assertThat(answer.result().path("isError").asBoolean()).isTrue();
        return textOf(answer);
    }

    private static String textOf(Answer answer) {
        JsonNode content = answer.result().path("content");
        assertThat(content).hasSize(1);
        return content.at("/0/text").textValue();
    }

    private static ObjectNode arguments(String... pairs) {
        ObjectNode arguments = NODES.objectNode();
        for (int i = 0; i < pairs.length; i += 2) {
            arguments.put(pairs[i], pairs[i + 1]);
        }
        return arguments;
    }
}
