package dev.stepgate.gateway.replay;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stepgate.gateway.journal.Trajectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * One episode as it was recorded, by the journal itself or by a trajectory that was fetched from a gateway. Immutable.
 *
 * @param name what it is called in reports
 * @param environment the environment's id; empty where neither the lines nor the folder say it
 * @param runs in their order
 */
public record Recording(String name, String environment, List<Run> runs) {
    private static final long LONGEST_FILE = 256L << 20;

    /**
     * One run.
     *
     * @param reset how it began, or null where it began with a call
     * @param calls in the order in which they were made, those that were refused among them
     */
    public record Run(@Nullable ObjectNode reset, List<ObjectNode> calls) {
        public Run {
            calls = List.copyOf(calls);
        }
    }

    public Recording {
        runs = List.copyOf(runs);
    }

    /**
     * Reads a file of the journal, or a trajectory that was fetched.
     *
     * @throws IOException if it cannot be read, or is longer than 256 MiB
     */
    public static Recording read(Path file) throws IOException {
        if (Files.size(file) > LONGEST_FILE) {
            throw new IOException(file + " is longer than 256 MiB");
        }
        List<ObjectNode> lines = new ArrayList<>();
        Trajectory.read(file, lines::add);
        Recording recording = of(file.toString(), lines);
        Path folder = file.toAbsolutePath().getParent();
        if (!recording.environment.isEmpty() || folder == null || folder.getFileName() == null) {
            return recording;
        }
        return new Recording(recording.name, folder.getFileName().toString(), recording.runs);
    }

    /** @param lines of a trajectory, in their order */
    static Recording of(String name, List<ObjectNode> lines) {
        String environment = "";
        SortedMap<Integer, @Nullable ObjectNode> resets = new TreeMap<>();
        SortedMap<Integer, List<ObjectNode>> calls = new TreeMap<>();
        for (ObjectNode line : lines) {
            int run = line.path("run").asInt();
            switch (line.path("type").asText()) {
                case "reset" -> {
                    environment = line.path("environment").asText(environment);
                    resets.put(run, line);
                    calls.computeIfAbsent(run, _ -> new ArrayList<>());
                }
                case "step", "refused" ->
                    calls.computeIfAbsent(run, _ -> new ArrayList<>()).add(line);
                default -> {}
            }
        }
        List<Run> runs = new ArrayList<>();
        calls.forEach((run, made) -> runs.add(new Run(resets.get(run), asMade(made))));
        return new Recording(name, environment, runs);
    }

    /** Lines are in the order of the outcomes; calls that were under way at once have to be made in that of their steps. */
    private static List<ObjectNode> asMade(List<ObjectNode> lines) {
        Deque<ObjectNode> steps = new ArrayDeque<>(lines.stream()
                .filter(Recording::isStep)
                .sorted(Comparator.comparingInt(line -> line.path("step").asInt()))
                .toList());
        return lines.stream()
                .map(line -> isStep(line) ? steps.removeFirst() : line)
                .toList();
    }

    private static boolean isStep(JsonNode line) {
        return line.path("type").asText().equals("step");
    }
}
