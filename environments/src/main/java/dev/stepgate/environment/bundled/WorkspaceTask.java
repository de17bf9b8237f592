package dev.stepgate.environment.bundled;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A program to be written or mended: what its author is told and given, and the inputs it is tried on. It reads standard input
 * and writes standard output, so the hidden outputs never need to be where the program runs.
 *
 * @param prompt what is asked for
 * @param files the workspace as it begins, by relative path
 * @param examples tries that the author may see
 * @param hidden tries that decide the reward, at least one
 */
record WorkspaceTask(String id, String prompt, Map<String, byte[]> files, List<Try> examples, List<Try> hidden) {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String TASKS = "tasks";

    /** One input and what must come out, but for white space at the ends of lines. */
    record Try(String input, String output) {
        boolean isPassedBy(String text) {
            return lines(text).equals(lines(output));
        }

        private static List<String> lines(String text) {
            return text.stripTrailing().lines().map(String::stripTrailing).toList();
        }
    }

    /**
     * The task that a reset asks for: by its split and index, or one that the seed decides; none where neither is given.
     *
     * @param folder the manifest's, with {@code tasks.jsonl} and a folder for each task
     * @throws EnvironmentFailed when there is no such task, or it cannot be read
     */
    static Optional<WorkspaceTask> chosen(Path folder, @Nullable Long seed, ObjectNode parameters) {
        String split = parameters.path("split").asText("train");
        boolean indexed = parameters.path("index").isInt();
        if (seed == null && !indexed) {
            return Optional.empty();
        }
        try {
            List<JsonNode> tasks = ofSplit(folder, split);
            int index = indexed || seed == null ? parameters.path("index").intValue() : pick(seed, tasks.size());
            if (index < 0 || index >= tasks.size()) {
                throw new EnvironmentFailed("there is no such task in this environment");
            }
            return Optional.of(read(folder, tasks.get(index)));
        } catch (IOException unreadable) {
            throw new EnvironmentFailed("the tasks of this environment cannot be read");
        }
    }

    private static int pick(long seed, int count) {
        return count == 0 ? 0 : new SplittableRandom(seed).nextInt(count);
    }

    private static List<JsonNode> ofSplit(Path folder, String split) throws IOException {
        List<JsonNode> tasks = new ArrayList<>();
        for (String line : Files.readAllLines(folder.resolve("tasks.jsonl"))) {
            JsonNode task = JSON.readTree(line);
            if (task.path("split").asText("train").equals(split)) {
                tasks.add(task);
            }
        }
        return tasks;
    }

    private static WorkspaceTask read(Path folder, JsonNode task) throws IOException {
        String id = task.path("id").asText();
        Path home = folder.resolve(TASKS).resolve(id);
        JsonNode tries = JSON.readTree(Files.readAllBytes(home.resolve("tries.json")));
        return new WorkspaceTask(
                id,
                task.path("prompt").asText(),
                files(home.resolve("workspace")),
                tries(tries.path("examples")),
                tries(tries.path("hidden")));
    }

    private static Map<String, byte[]> files(Path root) throws IOException {
        Map<String, byte[]> files = new LinkedHashMap<>();
        try (Stream<Path> entries = Files.walk(root)) {
            for (Path file : entries.filter(Files::isRegularFile).sorted().toList()) {
                files.put(root.relativize(file).toString(), Files.readAllBytes(file));
            }
        }
        return files;
    }

    private static List<Try> tries(JsonNode list) {
        List<Try> tries = new ArrayList<>();
        list.forEach(one ->
                tries.add(new Try(one.path("in").asText(), one.path("out").asText())));
        return List.copyOf(tries);
    }
}
