package dev.stepgate.gateway.journal;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stepgate.gateway.journal.Journal.LineConsumer;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * An episode as trainers read it: the journal's lines with each intent joined to its outcome. Memory is bounded by the
 * calls that were in flight at once, not by the length of the episode.
 */
public final class Trajectory {
    /** Records that are no steps. */
    private static final Set<String> NOT_SHOWN = Set.of("request", "egress");

    private static final ObjectMapper JSON = new ObjectMapper();

    /** The keys of every line, in this order, whatever the door the call came in by. */
    private static final List<String> KEYS = List.of(
            "type",
            "episode_id",
            "run",
            "step",
            "time",
            "face",
            "tool",
            "arguments",
            "arguments_digest",
            "credentials",
            "observation",
            "observation_digest",
            "reward",
            "reward_parts",
            "done",
            "outcome",
            "code",
            "field",
            "environment",
            "seed",
            "parameters",
            "parameters_digest",
            "interface",
            "policy",
            "policy_digest",
            "shadowed",
            "millis");

    private static final List<String> FROM_INTENT =
            List.of("face", "tool", "arguments", "arguments_digest", "credentials");

    private Trajectory() {}

    /**
     * Reads a journal's file, or lines that were read from one before.
     *
     * @throws IOException when it cannot be read, or from {@code lines}
     */
    public static void read(Path file, LineConsumer<ObjectNode> lines) throws IOException {
        Map<Long, JsonNode> intents = new HashMap<>();
        try (BufferedReader reader =
                new BufferedReader(new InputStreamReader(Files.newInputStream(file), StandardCharsets.UTF_8))) {
            for (String text = reader.readLine(); text != null; text = reader.readLine()) {
                JsonNode record = parse(text);
                if (record == null) {
                    continue;
                }
                if ("intent".equals(record.path("type").asText())) {
                    intents.put(record.path("call").asLong(), record);
                } else if (!NOT_SHOWN.contains(record.path("type").asText())) {
                    JsonNode intent = intents.remove(record.path("call").asLong());
                    lines.accept(join(record, intent));
                }
            }
        }
    }

    private static ObjectNode join(JsonNode record, @Nullable JsonNode intent) {
        ObjectNode line = JSON.createObjectNode();
        for (String key : KEYS) {
            JsonNode value = record.get(key);
            if (value == null && intent != null && FROM_INTENT.contains(key)) {
                value = intent.get(key);
            }
            if (value != null) {
                line.set(key, value);
            }
        }
        return line;
    }

    /** A line that was cut by a crash in the middle of its write is no record: its call was never answered. */
    private static @Nullable JsonNode parse(String text) {
        try {
            return JSON.readTree(text);
        } catch (JsonProcessingException cut) {
            return null;
        }
    }
}
