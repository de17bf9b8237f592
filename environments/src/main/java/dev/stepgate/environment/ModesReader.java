package dev.stepgate.environment;

import dev.stepgate.yaml.Problem;
import dev.stepgate.yaml.YamlNode;
import dev.stepgate.yaml.YamlNode.YamlMap;
import dev.stepgate.yaml.YamlReader;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Reads what a manifest says of its modes. A mode may have other backends, credentials and limits, and
 * training faults; callers, approvals, redaction
 * and enforcement are the policy's, which has overlays of its own; everything else is the same in both.
 */
final class ModesReader {
    private static final Set<String> KEYS = Set.of("backends", "credentials", "limits", "faults");
    private static final Duration LONGEST_DELAY = Duration.ofSeconds(55);
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
                        "it may change backends, credentials, limits and, in training, faults; the interface is the same in both");
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
        return new Modes.Mode(
                chosen, own == null ? limits : numbers.read(yaml.anyMap(own), limits), faults(name, overlay));
    }

    private Faults faults(String mode, YamlMap overlay) {
        YamlNode node = overlay.entries().get("faults");
        if (node == null) {
            return Faults.NONE;
        }
        if (mode.equals("production")) {
            yaml.refuse(overlay.placeOf("faults"), "nothing goes wrong on purpose in production", "leave `faults` out");
        }
        YamlMap map = yaml.map(node, Set.of("seed", "latency", "timeout", "env_error", "tool_error"));
        YamlMap latency = yaml.map(map, "latency", Set.of("share", "min_millis", "max_millis"));
        long most = LONGEST_DELAY.toMillis();
        long shortest = yaml.integer(latency, "min_millis", 0, 0, most);
        Faults faults = new Faults(
                yaml.integer(map, "seed", 0, 0, Long.MAX_VALUE),
                share(latency, "share"),
                Duration.ofMillis(shortest),
                Duration.ofMillis(yaml.integer(latency, "max_millis", shortest, shortest, most)),
                share(map, "timeout"),
                share(map, "env_error"),
                share(map, "tool_error"));
        if (faults.timeout() + faults.environmentError() + faults.toolError() > 1) {
            yaml.refuse(node.place(), "the shares of `faults` make more than 1", "a call fails in one way at most");
        }
        return faults;
    }

    private double share(YamlMap map, String key) {
        double share = yaml.decimal(map, key).map(BigDecimal::doubleValue).orElse(0.0);
        if (share < 0 || share > 1) {
            yaml.refuse(map.placeOf(key), "`" + key + "` must be a share from 0 to 1", "for example 0.05");
        }
        return share;
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
