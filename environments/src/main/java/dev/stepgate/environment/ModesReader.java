package dev.stepgate.environment;

import dev.stepgate.yaml.Problem;
import dev.stepgate.yaml.YamlNode;
import dev.stepgate.yaml.YamlNode.YamlMap;
import dev.stepgate.yaml.YamlReader;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Reads what a manifest says of its modes. A mode may have other backends, credentials and limits; callers, approvals, redaction
 * and enforcement are the policy's, which has overlays of its own; everything else is the same in both.
 */
final class ModesReader {
    private static final Set<String> KEYS = Set.of("backends", "credentials", "limits");
    private static final Map<String, String> IN_POLICIES =
            Map.of("callers", "who", "approvals", "approve", "redaction", "result: redact", "enforcement", "enforce");

    private final YamlReader yaml;
    private final YamlMap modes;

    /** Reads the kind of an upstream again, with the names and pins that it has in the manifest. */
    @FunctionalInterface
    interface BackendReader {
        Optional<Upstream> read(Upstream upstream, YamlNode node);
    }

    /** Reads numbers that stand in place of others. */
    @FunctionalInterface
    interface LimitsReader {
        EpisodeLimits read(YamlMap map, EpisodeLimits others);
    }

    ModesReader(YamlReader yaml, YamlMap stepgate) {
        this.yaml = yaml;
        this.modes = yaml.map(stepgate, "modes", Set.of("training", "production"));
        modes.entries().values().forEach(overlay -> requireAllowed(yaml.anyMap(overlay)));
    }

    private void requireAllowed(YamlMap overlay) {
        for (String key : overlay.entries().keySet()) {
            if (IN_POLICIES.containsKey(key)) {
                yaml.refuse(
                        overlay.placeOf(key),
                        "what a mode changes of `" + key + "` stands in the policy",
                        "write `" + IN_POLICIES.get(key) + "` under `modes` there");
            } else if (!KEYS.contains(key)) {
                yaml.refuse(
                        overlay.placeOf(key),
                        "a mode may not change `" + key + "`",
                        "it may change backends, credentials and limits; the interface is the same in both");
            }
        }
    }

    Modes read(List<Upstream> upstreams, EpisodeLimits limits, BackendReader backends, LimitsReader numbers) {
        return new Modes(
                mode("training", upstreams, limits, backends, numbers),
                mode("production", upstreams, limits, backends, numbers));
    }

    private Modes.Mode mode(
            String name, List<Upstream> upstreams, EpisodeLimits limits, BackendReader backends, LimitsReader numbers) {
        YamlMap overlay = overlay(name);
        Set<String> known = upstreams.stream().map(Upstream::name).collect(Collectors.toSet());
        YamlNode given = overlay.entries().get("backends");
        YamlMap others = given == null ? new YamlMap(overlay.place(), Map.of(), Map.of()) : yaml.anyMap(given);
        others.entries().keySet().forEach(upstream -> {
            if (!known.contains(upstream)) {
                yaml.refuse(
                        others.placeOf(upstream),
                        "there is no upstream `" + upstream + "` to have another backend",
                        Problem.nearest(upstream, known));
            }
        });
        List<Upstream> chosen = new ArrayList<>();
        for (Upstream upstream : upstreams) {
            YamlNode node = others.entries().get(upstream.name());
            chosen.add(node == null ? upstream : backends.read(upstream, node).orElse(upstream));
        }
        YamlNode own = overlay.entries().get("limits");
        return new Modes.Mode(chosen, own == null ? limits : numbers.read(yaml.anyMap(own), limits));
    }

    /** The names of the credentials of a mode; empty where no mode names any, so that each has all. */
    Optional<List<YamlNode>> credentials(String mode) {
        boolean none = modes.entries().values().stream()
                .noneMatch(overlay -> yaml.anyMap(overlay).entries().containsKey("credentials"));
        return none ? Optional.empty() : Optional.of(yaml.list(overlay(mode), "credentials"));
    }

    private YamlMap overlay(String mode) {
        YamlNode node = modes.entries().get(mode);
        return node == null ? new YamlMap(modes.place(), Map.of(), Map.of()) : yaml.anyMap(node);
    }
}
