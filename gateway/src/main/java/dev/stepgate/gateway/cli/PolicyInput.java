package dev.stepgate.gateway.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stepgate.json.JsonProblem;
import dev.stepgate.json.StrictJson;
import dev.stepgate.policy.Caller;
import dev.stepgate.policy.Mode;
import dev.stepgate.policy.analysis.RecordedCall;
import dev.stepgate.policy.compile.CatalogTool;
import dev.stepgate.policy.compile.CatalogueFile;
import dev.stepgate.policy.compile.EnvironmentFacts;
import dev.stepgate.policy.format.Policy;
import dev.stepgate.policy.format.PolicyReader;
import dev.stepgate.policy.schema.PlainJson;
import dev.stepgate.yaml.Place;
import dev.stepgate.yaml.Problem;
import dev.stepgate.yaml.YamlRefused;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What the policy commands read: files, callers, arguments and records of calls. Stateless. */
final class PolicyInput {
    static final ObjectMapper JSON = new ObjectMapper();

    private PolicyInput() {}

    static Policy policy(Path file) throws YamlRefused {
        return PolicyReader.read(file.toString(), text(file));
    }

    static String text(Path file) throws YamlRefused {
        try {
            return Files.readString(file);
        } catch (IOException unreadable) {
            throw new YamlRefused(
                    List.of(new Problem(new Place(file.toString(), 1, 1), "the file cannot be read as UTF-8", "")));
        }
    }

    /** The tools beside a policy, or those of a named file. */
    static EnvironmentFacts facts(Path policy, @Nullable Path tools, String environment, Mode mode) throws YamlRefused {
        return CatalogueFile.read(tools == null ? CatalogueFile.beside(policy) : tools, environment, mode);
    }

    static Mode mode(String word) {
        return Mode.valueOf(word.toUpperCase(Locale.ROOT));
    }

    /** {@code SUBJECT[:ROLE,ROLE…]}, with every scope: what is asked is what the rules say. */
    static Caller caller(String text) {
        int colon = text.indexOf(':');
        String subject = colon < 0 ? text : text.substring(0, colon);
        Set<String> roles =
                colon < 0 ? Set.of("agent") : Set.of(text.substring(colon + 1).split(","));
        return new Caller(subject, roles, "", "", Set.of(Caller.EVERY_SCOPE), Map.of());
    }

    /**
     * The calls of a trajectory or of a journal's file, by the number of their line, from 1, and in its order. Lines that are no
     * calls are left out.
     */
    static SortedMap<Integer, RecordedCall> calls(Path file, EnvironmentFacts facts) throws IOException {
        Set<String> keys = facts.tools().stream().map(CatalogTool::key).collect(Collectors.toSet());
        SortedMap<Integer, RecordedCall> calls = new TreeMap<>();
        List<String> lines = Files.readAllLines(file);
        for (int i = 0; i < lines.size(); i++) {
            JsonNode record = JSON.readTree(lines.get(i));
            if (record.path("tool").isTextual()) {
                calls.put(i + 1, call(file, i + 1, record, keys));
            }
        }
        return calls;
    }

    private static RecordedCall call(Path file, int line, JsonNode record, Set<String> keys) {
        if (!(record.get("arguments") instanceof ObjectNode arguments)) {
            throw new IllegalArgumentException(file + ":" + line
                    + ": the arguments of this call were not kept: set stepgate.journal.payloads to full to keep them");
        }
        String decided = record.path("code").asText("ok") + " by "
                + record.path("policy").asText("no policy") + " " + record.path("rules");
        return new RecordedCall(
                record.path("episode_id").asText() + "/" + record.path("run").asInt(),
                keyOf(record.path("tool").asText(), keys),
                PlainJson.object(arguments),
                !record.path("type").asText().equals("refused"),
                record.path("principal").asText(),
                decided.strip());
    }

    /** Records hold the names that agents see, which mostly are the upstream's own. */
    private static String keyOf(String visible, Set<String> keys) {
        return keys.stream()
                .filter(key -> key.substring(key.indexOf('.') + 1).equals(visible))
                .sorted()
                .findFirst()
                .orElse(visible);
    }

    /** Arguments as a JSON object. */
    static Map<String, @Nullable Object> arguments(String json) {
        try {
            if (StrictJson.parse(json.getBytes(StandardCharsets.UTF_8)) instanceof ObjectNode object) {
                return PlainJson.object(object);
            }
        } catch (JsonProblem malformed) {
            throw new IllegalArgumentException("--args is no JSON object", malformed);
        }
        throw new IllegalArgumentException("--args is no JSON object");
    }
}
