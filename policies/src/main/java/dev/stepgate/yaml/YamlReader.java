package dev.stepgate.yaml;

import dev.stepgate.yaml.YamlNode.YamlList;
import dev.stepgate.yaml.YamlNode.YamlMap;
import dev.stepgate.yaml.YamlNode.YamlScalar;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Takes typed values out of a file's tree and collects every problem on the way, so that one reading reports them all. A
 * value that is refused is replaced by the given default; the caller ends with {@link #finish()}. For one thread.
 */
public final class YamlReader {
    private static final Pattern DURATION = Pattern.compile("([0-9]{1,6})(ms|s|m|h)");

    private final List<Problem> problems = new ArrayList<>();

    public void refuse(Place place, String message, String help) {
        problems.add(new Problem(place, message, help));
    }

    /** Throws if anything was refused. */
    public void finish() throws YamlRefused {
        if (!problems.isEmpty()) {
            throw new YamlRefused(
                    problems.stream().distinct().toList()); // an overlay is read over what was read before
        }
    }

    public boolean hasProblems() {
        return !problems.isEmpty();
    }

    /** The value as a mapping with no other keys than these. */
    public YamlMap map(YamlNode node, Set<String> keys) {
        YamlMap map = anyMap(node);
        for (String key : map.entries().keySet()) {
            if (!keys.contains(key)) {
                refuse(map.placeOf(key), "unknown key `" + key + "`", Problem.nearest(key, keys));
            }
        }
        return map;
    }

    /** The value as a mapping with any keys; an empty one where it is something else. */
    public YamlMap anyMap(YamlNode node) {
        if (node instanceof YamlMap map) {
            return map;
        }
        refuse(node.place(), "a mapping was expected, not " + node.kind(), "");
        return new YamlMap(node.place(), Map.of(), Map.of());
    }

    /** A nested mapping; an empty one where the key is absent. */
    public YamlMap map(YamlMap parent, String key, Set<String> keys) {
        YamlNode node = parent.entries().get(key);
        return node == null ? new YamlMap(parent.place(), Map.of(), Map.of()) : map(node, keys);
    }

    public List<YamlNode> list(YamlMap parent, String key) {
        YamlNode node = parent.entries().get(key);
        if (node == null) {
            return List.of();
        }
        if (node instanceof YamlList list) {
            return list.items();
        }
        refuse(node.place(), "`" + key + "` must be a list, not " + node.kind(), "");
        return List.of();
    }

    public List<String> strings(YamlMap parent, String key) {
        List<String> strings = new ArrayList<>();
        for (YamlNode item : list(parent, key)) {
            strings.add(string(item, "an item of `" + key + "`"));
        }
        return strings;
    }

    public Map<String, String> stringMap(YamlMap parent, String key) {
        Map<String, String> strings = new LinkedHashMap<>();
        YamlNode node = parent.entries().get(key);
        if (node != null) {
            anyMap(node).entries().forEach((name, value) -> strings.put(name, scalarText(value, "`" + name + "`")));
        }
        return strings;
    }

    public Optional<String> string(YamlMap parent, String key) {
        return Optional.ofNullable(parent.entries().get(key)).map(node -> string(node, "`" + key + "`"));
    }

    public String requiredString(YamlMap parent, String key) {
        Optional<String> value = string(parent, key);
        if (value.isEmpty()) {
            refuse(parent.place(), "`" + key + "` is missing", "");
        }
        return value.orElse("");
    }

    public String string(YamlNode node, String what) {
        if (node instanceof YamlScalar scalar && scalar.value() instanceof String text) {
            return text;
        }
        refuse(node.place(), what + " must be a string, not " + node.kind(), "put it in quotes");
        return "";
    }

    /** The text of a single value of whatever type, as an environment variable would have it. */
    public String scalarText(YamlNode node, String what) {
        if (node instanceof YamlScalar scalar && scalar.value() != null) {
            return scalar.text();
        }
        refuse(node.place(), what + " must be a single value, not " + node.kind(), "");
        return "";
    }

    public boolean bool(YamlMap parent, String key, boolean absent) {
        YamlNode node = parent.entries().get(key);
        if (node == null) {
            return absent;
        }
        if (node.plain() instanceof Boolean value) {
            return value;
        }
        refuse(node.place(), "`" + key + "` must be true or false, not " + node.kind(), "");
        return absent;
    }

    /** A whole number within a range. */
    public long integer(YamlMap parent, String key, long absent, long min, long max) {
        YamlNode node = parent.entries().get(key);
        if (node == null) {
            return absent;
        }
        if (node.plain() instanceof Long value && value >= min && value <= max) {
            return value;
        }
        refuse(node.place(), "`" + key + "` must be a whole number from " + min + " to " + max, "");
        return absent;
    }

    /** A time over 0 with its unit: {@code 200ms}, {@code 30s}, {@code 10m}, {@code 1h}. */
    public Duration duration(YamlMap parent, String key, Duration absent, Duration max) {
        YamlNode node = parent.entries().get(key);
        if (node == null) {
            return absent;
        }
        Matcher matcher = DURATION.matcher(scalarText(node, "`" + key + "`"));
        if (matcher.matches()) {
            long amount = Long.parseLong(matcher.group(1));
            Duration duration = switch (matcher.group(2)) {
                case "ms" -> Duration.ofMillis(amount);
                case "s" -> Duration.ofSeconds(amount);
                case "m" -> Duration.ofMinutes(amount);
                default -> Duration.ofHours(amount);
            };
            if (duration.isPositive() && duration.compareTo(max) <= 0) {
                return duration;
            }
        }
        refuse(
                node.place(),
                "`" + key + "` must be a duration of at most " + max.toSeconds() + "s",
                "for example 30s, 10m or 1h");
        return absent;
    }

    public Optional<BigDecimal> decimal(YamlMap parent, String key) {
        return Optional.ofNullable(parent.entries().get(key)).flatMap(node -> {
            @Nullable BigDecimal value = asDecimal(node.plain());
            if (value == null) {
                refuse(node.place(), "`" + key + "` must be a number, not " + node.kind(), "");
            }
            return Optional.ofNullable(value);
        });
    }

    /** One of a few words. */
    public <E extends Enum<E>> E word(YamlMap parent, String key, Class<E> words, E absent) {
        YamlNode node = parent.entries().get(key);
        if (node == null) {
            return absent;
        }
        String text = string(node, "`" + key + "`");
        Map<String, E> byName = new LinkedHashMap<>();
        for (E word : words.getEnumConstants()) {
            byName.put(word.name().toLowerCase(java.util.Locale.ROOT), word);
        }
        E word = byName.get(text);
        if (word == null) {
            refuse(node.place(), "`" + text + "` is no `" + key + "`", Problem.nearest(text, byName.keySet()));
            return absent;
        }
        return word;
    }

    private static @Nullable BigDecimal asDecimal(@Nullable Object value) {
        return switch (value) {
            case Long number -> BigDecimal.valueOf(number);
            case BigInteger number -> new BigDecimal(number);
            case BigDecimal number -> number;
            case null, default -> null;
        };
    }
}
