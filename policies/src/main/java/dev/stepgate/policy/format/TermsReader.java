package dev.stepgate.policy.format;

import dev.stepgate.policy.ApprovalTerms;
import dev.stepgate.policy.EpisodeBudget;
import dev.stepgate.policy.Label;
import dev.stepgate.policy.LabelKind;
import dev.stepgate.policy.ResultTerms;
import dev.stepgate.policy.ResultTerms.Detector;
import dev.stepgate.policy.ToolLimits;
import dev.stepgate.policy.ToolTerms;
import dev.stepgate.yaml.Problem;
import dev.stepgate.yaml.YamlNode;
import dev.stepgate.yaml.YamlNode.YamlList;
import dev.stepgate.yaml.YamlNode.YamlMap;
import dev.stepgate.yaml.YamlReader;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads on what terms a tool's calls are made. For one file and one thread. */
final class TermsReader {
    private static final Set<String> LIMIT_KEYS = Set.of("perEpisode", "perMinute", "concurrent", "cost", "sameArgs");
    private static final Set<String> APPROVE_KEYS = Set.of("by", "ttl", "reason", "script");
    private static final Set<String> RESULT_KEYS = Set.of("maxBytes", "types", "redact", "schema");
    private static final Set<String> REDACT_KEYS = Set.of("pointer", "detector");
    private static final Set<String> LABEL_KEYS = Set.of("reads", "brings", "sends", "tier");
    private static final Set<String> BUDGET_KEYS = Set.of("calls", "cost", "resultBytes");
    private static final Set<String> TIERS = Set.of("read", "write", "destructive");
    private static final Set<String> CONTENT_TYPES = Set.of("text", "image", "audio", "resource", "resource_link");
    private static final Pattern DURATION = Pattern.compile("([1-9]\\d{0,5})(s|m|h)");
    private static final Pattern SCOPE = Pattern.compile("[\\x21\\x23-\\x5B\\x5D-\\x7E]+");
    private static final long MOST = 1L << 52;
    private static final int MOST_PER_MINUTE = 10_000;
    private static final Duration LONGEST_TTL = Duration.ofDays(1);

    private final YamlReader yaml;

    TermsReader(YamlReader yaml) {
        this.yaml = yaml;
    }

    ToolTerms terms(YamlMap tool) {
        return new ToolTerms(
                scopes(tool),
                limits(tool),
                approval(tool),
                result(tool),
                labels(tool, "labels"),
                shadow(tool),
                new ToolTerms.Route(reference(tool, "backend"), reference(tool, "credential")));
    }

    private Set<String> scopes(YamlMap tool) {
        Set<String> scopes = new HashSet<>();
        for (YamlNode item : yaml.list(tool, "scope")) {
            String scope = yaml.string(item, "an item of `scope`");
            if (!SCOPE.matcher(scope).matches() || scope.equals("*")) {
                yaml.refuse(item.place(), "`" + scope + "` is no OAuth scope", "write one as in \"fs:write\"");
            }
            scopes.add(scope);
        }
        return scopes;
    }

    private ToolLimits limits(YamlMap tool) {
        YamlMap map = yaml.map(tool, "limit", LIMIT_KEYS);
        int unlimited = ToolLimits.UNLIMITED;
        return new ToolLimits(
                yaml.integer(map, "perEpisode", unlimited, 1, unlimited),
                (int) yaml.integer(map, "perMinute", unlimited, 1, MOST_PER_MINUTE),
                (int) yaml.integer(map, "concurrent", unlimited, 1, unlimited),
                yaml.integer(map, "cost", 0, 0, MOST),
                (int) yaml.integer(map, "sameArgs", unlimited, 1, unlimited));
    }

    EpisodeBudget budget(YamlMap file) {
        YamlMap budgets = yaml.map(file, "budgets", Set.of("perEpisode"));
        YamlMap map = yaml.map(budgets, "perEpisode", BUDGET_KEYS);
        return new EpisodeBudget(
                yaml.integer(map, "calls", Long.MAX_VALUE, 1, MOST),
                yaml.integer(map, "cost", Long.MAX_VALUE, 0, MOST),
                yaml.integer(map, "resultBytes", Long.MAX_VALUE, 1, MOST));
    }

    private @Nullable ApprovalTerms approval(YamlMap tool) {
        if (!tool.entries().containsKey("approve")) {
            return null;
        }
        YamlMap map = yaml.map(tool, "approve", APPROVE_KEYS);
        String by = yaml.requiredString(map, "by");
        boolean scripted = by.equals(ApprovalTerms.AUTO_SCRIPT);
        ApprovalTerms.Script script = yaml.word(
                map,
                "script",
                ApprovalTerms.Script.class,
                scripted ? ApprovalTerms.Script.APPROVE : ApprovalTerms.Script.NONE);
        if (!scripted && map.entries().containsKey("script")) {
            yaml.refuse(
                    map.placeOf("script"),
                    "a script answers only by `" + ApprovalTerms.AUTO_SCRIPT + "`",
                    "write `by: " + ApprovalTerms.AUTO_SCRIPT + "`");
        }
        Duration ttl = duration(map, "ttl").orElse(ApprovalTerms.DEFAULT_TTL);
        return new ApprovalTerms(by, ttl, yaml.string(map, "reason").orElse(""), script);
    }

    private Optional<Duration> duration(YamlMap map, String key) {
        return yaml.string(map, key).map(text -> {
            Matcher matcher = DURATION.matcher(text);
            Duration read = !matcher.matches()
                    ? Duration.ZERO
                    : switch (matcher.group(2)) {
                        case "s" -> Duration.ofSeconds(Long.parseLong(matcher.group(1)));
                        case "m" -> Duration.ofMinutes(Long.parseLong(matcher.group(1)));
                        default -> Duration.ofHours(Long.parseLong(matcher.group(1)));
                    };
            if (read.isZero() || read.compareTo(LONGEST_TTL) > 0) {
                yaml.refuse(map.placeOf(key), "`" + key + "` must be a time of at most 24h", "write 30s, 10m or 2h");
                return ApprovalTerms.DEFAULT_TTL;
            }
            return read;
        });
    }

    private ResultTerms result(YamlMap tool) {
        YamlMap map = yaml.map(tool, "result", RESULT_KEYS);
        List<String> pointers = new ArrayList<>();
        Set<Detector> detectors = EnumSet.noneOf(Detector.class);
        for (YamlNode item : yaml.list(map, "redact")) {
            YamlMap redact = yaml.map(item, REDACT_KEYS);
            yaml.string(redact, "pointer").ifPresent(pointer -> {
                if (!pointer.startsWith("/")) {
                    yaml.refuse(redact.placeOf("pointer"), "`" + pointer + "` is no JSON pointer", "begin it with /");
                }
                pointers.add(pointer);
            });
            if (redact.entries().containsKey("detector")) {
                detectors.add(yaml.word(redact, "detector", Detector.class, Detector.IBAN));
            }
            if (redact.entries().size() != 1) {
                yaml.refuse(item.place(), "one item withholds one thing", "name either a `pointer` or a `detector`");
            }
        }
        Set<String> types = new HashSet<>();
        for (YamlNode item : yaml.list(map, "types")) {
            String type = yaml.string(item, "an item of `types`");
            if (!CONTENT_TYPES.contains(type)) {
                yaml.refuse(item.place(), "`" + type + "` is no content type", Problem.nearest(type, CONTENT_TYPES));
            }
            types.add(type);
        }
        return new ResultTerms(
                yaml.integer(map, "maxBytes", Long.MAX_VALUE, 1, MOST), types, pointers, detectors, enforced(map));
    }

    private boolean enforced(YamlMap result) {
        Optional<String> schema = yaml.string(result, "schema");
        if (schema.isPresent() && !schema.get().equals("enforce")) {
            yaml.refuse(result.placeOf("schema"), "`schema` can only be `enforce`", "write `schema: enforce`");
        }
        return schema.isPresent();
    }

    /** Labels under a key: each kind with one name or a list of them. */
    Set<Label> labels(YamlMap parent, String key) {
        YamlMap map = yaml.map(parent, key, LABEL_KEYS);
        Set<Label> labels = new HashSet<>();
        map.entries().forEach((kindKey, node) -> {
            if (LABEL_KEYS.contains(kindKey)) {
                LabelKind kind = LabelKind.valueOf(kindKey.toUpperCase(Locale.ROOT));
                List<YamlNode> names = node instanceof YamlList list ? list.items() : List.of(node);
                for (YamlNode name : names) {
                    labels.add(label(kind, name));
                }
            }
        });
        return labels;
    }

    private Label label(LabelKind kind, YamlNode node) {
        String name = yaml.string(node, "`" + kind.key() + "`");
        if (kind == LabelKind.TIER && !TIERS.contains(name)) {
            yaml.refuse(node.place(), "`" + name + "` is no tier", Problem.nearest(name, TIERS));
        }
        return new Label(kind, name);
    }

    private boolean shadow(YamlMap tool) {
        YamlNode node = tool.entries().get("enforce");
        if (node == null || Boolean.TRUE.equals(node.plain())) {
            return false;
        }
        if (!"shadow".equals(node.plain())) {
            yaml.refuse(node.place(), "`enforce` must be true or `shadow`", "leave it out to enforce the rules");
        }
        return true;
    }

    private @Nullable String reference(YamlMap tool, String key) {
        return yaml.string(tool, key).filter(name -> !name.equals("none")).orElse(null);
    }
}
