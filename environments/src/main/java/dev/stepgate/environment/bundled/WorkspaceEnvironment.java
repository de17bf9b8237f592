package dev.stepgate.environment.bundled;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.DoubleNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stepgate.environment.bundled.ProgramTrial.Verdict;
import dev.stepgate.environment.bundled.SandboxWorker.Reply;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * A private workspace to write programs in: files, search, a shell and, where the run has a task, tests. Everything that is run
 * runs in one sandbox of the run's own. What is handed in is tried in another, fresh one, so nothing that was left running or
 * changed beside the program can touch its result; the reward is the fraction of hidden tries that pass.
 *
 * <p>Safe for use by many threads, which take turns at the sandbox.
 */
final class WorkspaceEnvironment implements BundledEnvironment {
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
    private static final List<ObjectNode> TOOLS = toolsOf("workspace-tools.json");
    private static final int DEFAULT_SECONDS = 30;
    private static final int SEARCH_SECONDS = 10;
    private static final int MOST_LINES = 2_000;
    private static final int DEFAULT_DEPTH = 3;

    /** What an agent is shown of an output, from its beginning and its end. */
    private static final int SHOWN = 30_000;

    private final Setting setting;
    private final AtomicBoolean submitted = new AtomicBoolean();
    private volatile @Nullable SandboxWorker worker;
    private volatile @Nullable WorkspaceTask task;

    WorkspaceEnvironment(Setting setting) {
        this.setting = setting;
    }

    @Override
    public List<ObjectNode> tools() {
        return TOOLS;
    }

    @Override
    public Reset reset(@Nullable Long seed, ObjectNode parameters) {
        Optional<WorkspaceTask> chosen = WorkspaceTask.chosen(setting.folder(), seed, parameters);
        SandboxWorker started = SandboxWorker.start(setting.sandboxes());
        worker = started;
        ObjectNode observation = NODES.objectNode();
        if (chosen.isPresent()) {
            WorkspaceTask given = chosen.get();
            task = given;
            fill(started, given.files());
            observation.put("task_id", given.id()).put("prompt", given.prompt());
        }
        return new Reset(observation, null, NODES.objectNode());
    }

    private static void fill(SandboxWorker worker, Map<String, byte[]> files) {
        files.forEach((path, content) -> {
            if (worker.write("./" + path, content).status() != 0) {
                throw new EnvironmentFailed("the files of the task do not fit into the workspace");
            }
        });
    }

    @Override
    public Answer call(String tool, ObjectNode arguments) {
        try {
            return switch (tool) {
                case "list_files" -> list(arguments);
                case "read_file" -> read(arguments);
                case "write_file" -> write(arguments);
                case "edit_file" -> edit(arguments);
                case "search" -> search(arguments);
                case "run_command" -> run(arguments);
                case "run_tests" -> test();
                case "submit" -> submit();
                default -> throw new IllegalArgumentException("no tool `" + tool + "`");
            };
        } catch (Unfit unfit) {
            return failure(unfit.sentence);
        }
    }

    private Answer list(ObjectNode arguments) {
        int depth = arguments.path("depth").asInt(DEFAULT_DEPTH);
        Reply found = worker().run(
                        "find " + quoted(path(arguments)) + " -mindepth 1 -maxdepth " + depth
                                + " \\( -type d -printf '%P/\\n' -o -printf '%P\\n' \\) | LC_ALL=C sort",
                        new byte[0],
                        SEARCH_SECONDS);
        return success(found.text().isEmpty() ? "(nothing)" : found.text());
    }

    private Answer read(ObjectNode arguments) {
        String text = text(path(arguments));
        int first = arguments.path("first_line").asInt(1);
        int most = arguments.path("lines").asInt(MOST_LINES);
        List<String> lines = text.lines().skip(first - 1L).limit(most + 1L).toList();
        boolean whole = first == 1 && lines.size() <= most;
        if (whole) {
            return success(text);
        }
        String shown = String.join("\n", lines.subList(0, Math.min(lines.size(), most)));
        return success(
                shown + (lines.size() > most ? "\n(more lines follow: read on from line " + (first + most) + ")" : ""));
    }

    private Answer write(ObjectNode arguments) {
        String content = arguments.path("content").asText();
        store(path(arguments), content);
        return success("written: " + content.getBytes(UTF_8).length + " bytes");
    }

    private Answer edit(ObjectNode arguments) {
        String path = path(arguments);
        String text = text(path);
        String old = arguments.path("old_text").asText();
        int at = text.indexOf(old);
        if (at < 0) {
            throw new Unfit("the passage is not in the file: read it again and copy it exactly");
        }
        if (text.indexOf(old, at + 1) >= 0) {
            throw new Unfit("the passage stands in the file more than once: take more of its surroundings");
        }
        store(path, text.substring(0, at) + arguments.path("new_text").asText() + text.substring(at + old.length()));
        return success("replaced at line "
                + (text.substring(0, at).lines().count() + (at == 0 || text.charAt(at - 1) == '\n' ? 1 : 0)));
    }

    private Answer search(ObjectNode arguments) {
        String pattern = arguments.path("pattern").asText();
        requirePlain(pattern);
        Reply found = worker().run(
                        "grep -rnIE --exclude-dir=build -e " + quoted(pattern) + " -- " + quoted(path(arguments)),
                        new byte[0],
                        SEARCH_SECONDS);
        return switch (found.status()) {
            case 0 -> success(found.text());
            case 1 -> success("(no line matches)");
            default -> throw new Unfit("the search failed: " + found.text().strip());
        };
    }

    private Answer run(ObjectNode arguments) {
        String command = arguments.path("command").asText();
        if (command.indexOf('\0') >= 0) {
            throw new Unfit("a command cannot hold a NUL");
        }
        Reply ran =
                worker().run(command, new byte[0], arguments.path("timeout_s").asInt(DEFAULT_SECONDS));
        String output = shortened(ran.text());
        ObjectNode structured =
                NODES.objectNode().put("exit_code", ran.status()).put("output", output);
        String ending = ran.status() == 124 ? "\n(ended: it took too long)" : "\n(exit code " + ran.status() + ")";
        ObjectNode result = result(output + ending);
        result.set("structuredContent", structured);
        return Answer.of(result);
    }

    private Answer test() {
        ProgramTrial trial = ProgramTrial.of(worker(), task().examples());
        if (trial.problem() != null) {
            return success("It does not compile:\n" + trial.problem());
        }
        StringBuilder report = new StringBuilder();
        int number = 0;
        for (Verdict verdict : trial.verdicts()) {
            report.append("example ")
                    .append(++number)
                    .append(": ")
                    .append(told(verdict))
                    .append('\n');
        }
        return success(report.append(trial.passed() + " of " + trial.verdicts().size() + " passed")
                .toString());
    }

    private static String told(Verdict verdict) {
        if (verdict.passed()) {
            return "passed";
        }
        return (verdict.tookTooLong() ? "took too long" : "failed") + "\ninput:\n"
                + verdict.tried().input() + "\nexpected:\n" + verdict.tried().output() + "\ngot:\n"
                + shortened(verdict.output());
    }

    private Answer submit() {
        WorkspaceTask given = task();
        if (!submitted.compareAndSet(false, true)) {
            throw new Unfit("it was handed in already");
        }
        try {
            return new Answer(result("Handed in."), DoubleNode.valueOf(passedFraction(given)), true);
        } catch (RuntimeException notTried) { // it may be handed in again
            submitted.set(false);
            throw notTried;
        }
    }

    private double passedFraction(WorkspaceTask given) {
        Reply packed = worker().pack();
        if (packed.bytes().length >= SandboxWorker.MAX_REPLY) {
            throw new Unfit("the workspace is larger than 1 MiB: remove what does not belong to the program");
        }
        try (SandboxWorker fresh = SandboxWorker.start(setting.sandboxes())) {
            fresh.unpack(packed.bytes());
            return ProgramTrial.of(fresh, given.hidden()).passed()
                    / (double) given.hidden().size();
        }
    }

    @Override
    public ObjectNode state() {
        WorkspaceTask given = task;
        ObjectNode state = NODES.objectNode().put("submitted", submitted.get());
        return given == null ? state : state.put("task_id", given.id());
    }

    @Override
    public boolean usable() {
        SandboxWorker started = worker;
        return started == null || started.usable();
    }

    @Override
    public void close() {
        SandboxWorker started = worker;
        if (started != null) {
            started.close();
        }
    }

    private SandboxWorker worker() {
        return Objects.requireNonNull(worker, "a call before the reset");
    }

    private WorkspaceTask task() {
        WorkspaceTask given = task;
        if (given == null) {
            throw new Unfit("there is no task in this workspace");
        }
        return given;
    }

    private String text(String path) {
        Reply read = worker().read(path, SandboxWorker.MAX_REPLY);
        if (read.status() != 0) {
            throw new Unfit("there is no such file");
        }
        if (read.bytes().length >= SandboxWorker.MAX_REPLY) {
            throw new Unfit("the file is longer than 1 MiB: look at parts of it with run_command");
        }
        return read.text();
    }

    private void store(String path, String content) {
        if (worker().write(path, content.getBytes(UTF_8)).status() != 0) {
            throw new Unfit("the file cannot be written there: a folder has its name, or the workspace is full");
        }
    }

    /**
     * The path that is asked for, relative to the workspace. The sandbox is the fence; this keeps a slip of the agent's from
     * looking like a success elsewhere.
     */
    private static String path(ObjectNode arguments) {
        String given = arguments.path("path").asText("");
        requirePlain(given);
        String relative =
                given.equals("/workspace") ? "" : given.startsWith("/workspace/") ? given.substring(11) : given;
        if (relative.startsWith("/") || List.of(relative.split("/")).contains("..")) {
            throw new Unfit("the path leads out of the workspace");
        }
        return "./" + relative;
    }

    private static void requirePlain(String text) {
        if (text.chars().anyMatch(Character::isISOControl)) {
            throw new Unfit("a path or pattern cannot hold control characters");
        }
    }

    private static String quoted(String text) {
        return "'" + text.replace("'", "'\\''") + "'";
    }

    private static String shortened(String text) {
        return text.length() <= SHOWN
                ? text
                : text.substring(0, SHOWN / 2) + "\n(… " + (text.length() - SHOWN) + " characters left out …)\n"
                        + text.substring(text.length() - SHOWN / 2);
    }

    private static Answer success(String text) {
        return Answer.of(result(shortened(text)));
    }

    private static Answer failure(String text) {
        return Answer.of(result(text).put("isError", true));
    }

    private static ObjectNode result(String text) {
        ObjectNode result = NODES.objectNode();
        result.putArray("content").addObject().put("type", "text").put("text", text);
        return result;
    }

    private static List<ObjectNode> toolsOf(String resource) {
        try (InputStream file = WorkspaceEnvironment.class.getResourceAsStream(resource)) {
            return List.copyOf(new ObjectMapper().readValue(file, new TypeReference<List<ObjectNode>>() {}));
        } catch (IOException broken) {
            throw new IllegalStateException(resource + " cannot be read", broken);
        }
    }

    /** What the agent asked for cannot be done; it is told why and may go on. */
    private static final class Unfit extends RuntimeException {
        private static final long serialVersionUID = 1;

        private final String sentence;

        Unfit(String sentence) {
            super(sentence, null, false, false);
            this.sentence = sentence;
        }
    }
}
