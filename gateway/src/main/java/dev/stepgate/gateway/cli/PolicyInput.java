package dev.stepgate.gateway.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stepgate.json.JsonProblem;
import dev.stepgate.json.StrictJson;
import dev.stepgate.policy.Caller;
import dev.stepgate.policy.Mode;
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
import org.jspecify.annotations.Nullable;

/** What the policy commands read: files, callers and arguments. Stateless. */
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
