package dev.stepgate.gateway.catalog;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stepgate.json.JsonProblem;
import dev.stepgate.json.Limits;
import dev.stepgate.json.StrictJson;
import dev.stepgate.yaml.Place;
import dev.stepgate.yaml.Problem;
import dev.stepgate.yaml.YamlRefused;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The tasks of an environment, by split and in file order. Immutable.
 *
 * @param bySplit the tasks of each split, at least one each, splits in the order in which the file names them first
 */
public record TaskSet(Map<String, List<ObjectNode>> bySplit) {
    private static final int MAX_TASKS = 100_000;
    private static final Limits TASK = Limits.MESSAGE.withMaxBytes(1 << 20);
    private static final String DEFAULT_SPLIT = "train";

    /** Where a task stands: what OpenEnv's {@code reset} takes. */
    public record Position(String split, int index) {}

    /**
     * Reads a file of JSON Lines: an object each, with an {@code id} that no other has, and a {@code split}, by default
     * {@code train}; the rest is the environment's own.
     *
     * @throws YamlRefused with the first line that does not fit
     */
    public static TaskSet read(Path file) throws YamlRefused {
        Map<String, List<ObjectNode>> bySplit = new LinkedHashMap<>();
        Map<String, Integer> lineOfId = new LinkedHashMap<>();
        int number = 0;
        try (Stream<String> lines = Files.lines(file)) {
            for (String line : (Iterable<String>) lines::iterator) {
                number++;
                if (line.isBlank()) {
                    continue;
                }
                ObjectNode task = task(file, number, line);
                Integer other = lineOfId.putIfAbsent(task.path("id").textValue(), number);
                if (other != null) {
                    throw refused(file, number, "line " + other + " has the same `id`", "give each task its own");
                }
                if (lineOfId.size() > MAX_TASKS) {
                    throw refused(file, number, "there are more than " + MAX_TASKS + " tasks", "");
                }
                bySplit.computeIfAbsent(task.path("split").asText(DEFAULT_SPLIT), _ -> new ArrayList<>())
                        .add(task);
            }
        } catch (IOException | java.io.UncheckedIOException unreadable) {
            throw refused(file, number + 1, "the file cannot be read as UTF-8", "");
        }
        return new TaskSet(bySplit);
    }

    private static ObjectNode task(Path file, int number, String line) throws YamlRefused {
        try {
            if (StrictJson.parse(line.getBytes(StandardCharsets.UTF_8), TASK) instanceof ObjectNode task) {
                boolean named = task.path("id").isTextual()
                        && !task.path("id").textValue().isEmpty();
                boolean split =
                        task.path("split").isMissingNode() || task.path("split").isTextual();
                if (named && split) {
                    return task;
                }
            }
        } catch (JsonProblem malformed) {
            throw refused(file, number, malformed.reason(), "write one JSON object a line");
        }
        throw refused(file, number, "a task is an object with a text `id`, and a text `split` if any", "");
    }

    private static YamlRefused refused(Path file, int line, String message, String help) {
        return new YamlRefused(List.of(new Problem(new Place(file.toString(), line, 1), message, help)));
    }

    /** The tasks of a split, or none where there is no such split. */
    public Optional<List<ObjectNode>> of(String split) {
        return Optional.ofNullable(bySplit.get(split));
    }

    /** Where the task of this id stands. */
    public Optional<Position> find(String id) {
        return bySplit.entrySet().stream()
                .flatMap(entry ->
                        indexOf(entry.getValue(), id).stream().map(index -> new Position(entry.getKey(), index)))
                .findFirst();
    }

    private static Optional<Integer> indexOf(List<ObjectNode> tasks, String id) {
        for (int i = 0; i < tasks.size(); i++) {
            if (id.equals(tasks.get(i).path("id").textValue())) {
                return Optional.of(i);
            }
        }
        return Optional.empty();
    }
}
