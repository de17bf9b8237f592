package dev.stepgate.policy.testing;

import dev.stepgate.policy.AccessRequest;
import dev.stepgate.policy.Decision;
import dev.stepgate.policy.EpisodeView;
import dev.stepgate.policy.Mode;
import dev.stepgate.policy.PolicyEngine;
import dev.stepgate.policy.PolicySet;
import dev.stepgate.policy.Surroundings;
import dev.stepgate.policy.compile.CatalogTool;
import dev.stepgate.policy.compile.EnvironmentFacts;
import dev.stepgate.policy.compile.PolicyCompiler;
import dev.stepgate.policy.format.Constraint;
import dev.stepgate.policy.format.Policy;
import dev.stepgate.policy.format.Policy.ToolRules;
import dev.stepgate.policy.schema.PlainJson;
import dev.stepgate.policy.schema.SchemaRefused;
import dev.stepgate.policy.schema.ToolSchema;
import dev.stepgate.policy.testing.TestFile.Generated;
import dev.stepgate.yaml.Place;
import dev.stepgate.yaml.Problem;
import dev.stepgate.yaml.YamlRefused;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Looks for an allowed call that names a path outside of a folder. For one check and one thread. */
final class NeverOutside {
    private static final long SEED = 20_261_125;

    private final Policy policy;
    private final EnvironmentFacts facts;
    private final Generated generated;

    NeverOutside(Policy policy, EnvironmentFacts facts, Generated generated) {
        this.policy = policy;
        this.facts = facts;
        this.generated = generated;
    }

    TestResult check() throws YamlRefused {
        SplittableRandom random = new SplittableRandom(SEED);
        List<ToolRules> tools = policy.tools().stream()
                .filter(tool -> generated.tools().isEmpty() || generated.tools().contains(tool.key()))
                .toList();
        int allowed = 0;
        for (Mode mode : generated.scene().modes()) {
            PolicySet set = PolicyCompiler.compile(policy, facts.in(mode));
            for (ToolRules tool : tools) {
                GeneratedCalls calls = new GeneratedCalls(random, Hints.of(tool));
                ToolSchema schema = schema(tool.key());
                for (int i = generated.calls()
                                / (tools.size() * generated.scene().modes().size());
                        i > 0;
                        i--) {
                    AccessRequest request = request(tool.key(), calls.arguments(schema.shape()), mode);
                    if (new PolicyEngine().decide(set, request) instanceof Decision.Allow) {
                        allowed++;
                        String outside = outside(paths(tool, request.arguments()));
                        if (!outside.isEmpty()) {
                            return result(tool.key() + " is allowed with " + PlainJson.text(request.arguments()));
                        }
                    }
                }
            }
        }
        return result(allowed == 0 ? "none of the generated calls is allowed, so they show nothing" : "");
    }

    private TestResult result(String failure) {
        Place place = generated.place();
        return new TestResult(place, "never-allow-outside(" + generated.folder() + ")", failure);
    }

    private ToolSchema schema(String key) throws YamlRefused {
        for (CatalogTool tool : facts.tools()) {
            if (tool.key().equals(key)) {
                try {
                    return ToolSchema.compile(tool.inputSchema());
                } catch (SchemaRefused refused) {
                    break;
                }
            }
        }
        throw new YamlRefused(
                List.of(new Problem(generated.place(), "the environment has no usable tool `" + key + "`", "")));
    }

    private AccessRequest request(String tool, Map<String, @Nullable Object> arguments, Mode mode) {
        return new AccessRequest(
                generated.scene().caller(),
                new Surroundings(
                        facts.surroundings().name(), mode, generated.scene().labels()),
                tool,
                arguments,
                EpisodeView.NEW,
                generated.scene().now());
    }

    /** The arguments that some rule takes for paths; all of them where no rule does. */
    private static Map<String, @Nullable Object> paths(ToolRules tool, Map<String, @Nullable Object> arguments) {
        Set<String> names = Stream.concat(tool.allow().stream(), tool.deny().stream())
                .flatMap(rule -> rule.fields().stream())
                .filter(field -> field.constraints().stream().anyMatch(Constraint.Within.class::isInstance))
                .map(field -> field.path().split("[.\\[]", 2)[0])
                .collect(Collectors.toSet());
        Map<String, @Nullable Object> paths = new LinkedHashMap<>(arguments);
        if (!names.isEmpty()) {
            paths.keySet().retainAll(names);
        }
        return paths;
    }

    /** The first string that looks like a path and, resolved, lies outside; by the platform's reading, not the engine's. */
    private String outside(@Nullable Object value) {
        List<@Nullable Object> below = new ArrayList<>();
        switch (value) {
            case String text
            when text.startsWith("/") || text.contains("../") -> {
                boolean inside = text.indexOf('\0') < 0
                        && Path.of("/", text).normalize().startsWith(Path.of(generated.folder()));
                return inside ? "" : text;
            }
            case List<?> list -> below.addAll(list);
            case Map<?, ?> map -> below.addAll(map.values());
            case null, default -> {}
        }
        return below.stream()
                .map(this::outside)
                .filter(one -> !one.isEmpty())
                .findFirst()
                .orElse("");
    }
}
