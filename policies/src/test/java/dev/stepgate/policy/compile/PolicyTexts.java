package dev.stepgate.policy.compile;

import dev.stepgate.policy.PolicySet;
import dev.stepgate.policy.format.PolicyReader;
import dev.stepgate.yaml.StrictYaml;
import dev.stepgate.yaml.YamlRefused;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Policies and arguments from text. */
final class PolicyTexts {
    private PolicyTexts() {}

    /** One tool, {@code t.call}, with one rule that allows it under these constraints. */
    static PolicySet allowing(String schema, String args) throws YamlRefused {
        String text = "policy: { name: p }\nenv: e\ntools:\n  t.call:\n    allow: [ { id: r, args: " + args + " } ]\n";
        return PolicyCompiler.compile(PolicyReader.read("p.yaml", text), List.of(new CatalogTool("t", "call", schema)));
    }

    /** Arguments written as JSON or flow YAML. */
    static Map<String, @Nullable Object> arguments(String text) throws YamlRefused {
        Map<String, @Nullable Object> arguments = new LinkedHashMap<>();
        if (StrictYaml.read("arguments", text).plain() instanceof Map<?, ?> map) {
            map.forEach((key, value) -> arguments.put(String.valueOf(key), value));
        }
        return arguments;
    }
}
