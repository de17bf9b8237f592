package dev.stepgate.policy.testing;

import dev.stepgate.policy.Caller;
import dev.stepgate.policy.Mode;
import dev.stepgate.policy.testing.TestFile.Call;
import dev.stepgate.policy.testing.TestFile.Case;
import dev.stepgate.policy.testing.TestFile.Expected;
import dev.stepgate.policy.testing.TestFile.Generated;
import dev.stepgate.policy.testing.TestFile.Scene;
import dev.stepgate.policy.testing.TestFile.Verdict;
import dev.stepgate.yaml.StrictYaml;
import dev.stepgate.yaml.YamlNode;
import dev.stepgate.yaml.YamlNode.YamlList;
import dev.stepgate.yaml.YamlNode.YamlMap;
import dev.stepgate.yaml.YamlReader;
import dev.stepgate.yaml.YamlRefused;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads test files. For one file and one thread. */
public final class TestFileReader {
    private static final Set<String> FILE_KEYS =
            Set.of("policy", "env", "mode", "caller", "now", "labels", "cases", "sequence", "coverage", "generated");
    private static final Set<String> CASE_KEYS = Set.of(
            "name", "tool", "args", "after", "mode", "caller", "now", "labels", "expect", "rule", "code", "field");
    private static final Set<String> SEQUENCE_KEYS = Set.of(
            "name",
            "tool",
            "args",
            "after",
            "mode",
            "caller",
            "now",
            "labels",
            "repeat",
            "expectLast",
            "rule",
            "code",
            "field");
    private static final Set<String> CALLER_KEYS =
            Set.of("subject", "sub", "roles", "client", "issuer", "scopes", "claims");
    private static final Pattern PROPERTY = Pattern.compile("never-allow-outside\\((/[^)]*)\\)");
    private static final Instant MONDAY = Instant.parse("2026-01-05T12:00:00Z");
    private static final int MAX_REPEAT = 100_000;
    private static final int MAX_GENERATED = 10_000_000;

    private final YamlReader yaml = new YamlReader();

    private TestFileReader() {}

    /**
     * Reads a file.
     *
     * @param file the name to be used in places
     * @throws YamlRefused with every problem of the file
     */
    public static TestFile read(String file, String text) throws YamlRefused {
        TestFileReader reader = new TestFileReader();
        TestFile tests = reader.file(StrictYaml.read(file, text));
        reader.yaml.finish();
        return tests;
    }

    private TestFile file(YamlNode root) {
        YamlMap map = yaml.map(root, FILE_KEYS);
        Scene base = scene(map, new Scene(List.of(Mode.TRAINING), new Caller("tester", Set.of()), MONDAY, Map.of()));
        List<Case> cases = new ArrayList<>();
        Set<String> names = new HashSet<>();
        for (YamlNode node : yaml.list(map, "cases")) {
            cases.add(oneCase(yaml.map(node, CASE_KEYS), "expect", base, names));
        }
        for (YamlNode node : yaml.list(map, "sequence")) {
            cases.add(oneCase(yaml.map(node, SEQUENCE_KEYS), "expectLast", base, names));
        }
        return new TestFile(
                map.place(),
                yaml.requiredString(map, "policy"),
                yaml.requiredString(map, "env"),
                cases,
                coverage(map),
                generated(map, base));
    }

    private Case oneCase(YamlMap map, String expectKey, Scene base, Set<String> names) {
        String name = yaml.requiredString(map, "name");
        if (!names.add(name)) {
            yaml.refuse(map.placeOf("name"), "case `" + name + "` stands here twice", "give each case its own name");
        }
        List<Call> before = new ArrayList<>();
        for (YamlNode node : yaml.list(map, "after")) {
            before.add(call(yaml.map(node, Set.of("tool", "args"))));
        }
        if (!map.entries().containsKey(expectKey)) {
            yaml.refuse(map.place(), "`" + expectKey + "` is missing", "write allow, deny, unknown or approval");
        }
        return new Case(
                map.place(),
                name,
                scene(map, base),
                before,
                call(map),
                yaml.integer(map, "repeat", 1, 1, MAX_REPEAT),
                new Verdict(
                        yaml.word(map, expectKey, Expected.class, Expected.ALLOW),
                        yaml.string(map, "rule").orElse(""),
                        yaml.string(map, "code").orElse(""),
                        yaml.string(map, "field").orElse("")));
    }

    private Call call(YamlMap map) {
        Map<String, @Nullable Object> arguments = new LinkedHashMap<>();
        YamlNode args = map.entries().get("args");
        if (args != null) {
            yaml.anyMap(args).entries().forEach((key, value) -> arguments.put(key, value.plain()));
        }
        return new Call(yaml.requiredString(map, "tool"), arguments);
    }

    private Scene scene(YamlMap map, Scene base) {
        YamlNode caller = map.entries().get("caller");
        return new Scene(
                modes(map, base.modes()),
                caller == null ? base.caller() : caller(yaml.map(caller, CALLER_KEYS)),
                yaml.string(map, "now").map(text -> instant(map, text)).orElse(base.now()),
                map.entries().containsKey("labels") ? yaml.stringMap(map, "labels") : base.labels());
    }

    private Instant instant(YamlMap map, String text) {
        try {
            return Instant.parse(text);
        } catch (DateTimeParseException malformed) {
            yaml.refuse(map.placeOf("now"), "`" + text + "` is no time", "write \"2026-01-05T12:00:00Z\"");
            return MONDAY;
        }
    }

    private List<Mode> modes(YamlMap map, List<Mode> absent) {
        YamlNode node = map.entries().get("mode");
        if (node == null) {
            return absent;
        }
        List<Mode> modes = new ArrayList<>();
        for (YamlNode item : node instanceof YamlList list ? list.items() : List.of(node)) {
            for (Mode mode : Mode.values()) {
                if (mode.key().equals(item.plain())) {
                    modes.add(mode);
                }
            }
        }
        if (modes.isEmpty()) {
            yaml.refuse(node.place(), "`mode` names none", "write training, production or both");
        }
        return modes;
    }

    private Caller caller(YamlMap map) {
        Map<String, @Nullable Object> claims = new LinkedHashMap<>();
        YamlNode node = map.entries().get("claims");
        if (node != null) {
            yaml.anyMap(node).entries().forEach((key, value) -> claims.put(key, value.plain()));
        }
        return new Caller(
                yaml.string(map, "subject").or(() -> yaml.string(map, "sub")).orElse(""),
                Set.copyOf(yaml.strings(map, "roles")),
                yaml.string(map, "client").orElse(""),
                yaml.string(map, "issuer").orElse(""),
                Set.copyOf(yaml.strings(map, "scopes")),
                claims);
    }

    private int coverage(YamlMap file) {
        YamlMap map = yaml.map(file, "coverage", Set.of("rules"));
        Optional<String> rules = yaml.string(map, "rules");
        if (rules.isEmpty()) {
            return 0;
        }
        if (!rules.get().matches("(100|[1-9]?\\d)%")) {
            yaml.refuse(map.placeOf("rules"), "`rules` must be a percentage", "write 100%");
            return 0;
        }
        return Integer.parseInt(rules.get().replace("%", ""));
    }

    private Optional<Generated> generated(YamlMap file, Scene scene) {
        if (!file.entries().containsKey("generated")) {
            return Optional.empty();
        }
        YamlMap map = yaml.map(file, "generated", Set.of("calls", "property", "tools"));
        Matcher property = PROPERTY.matcher(yaml.requiredString(map, "property"));
        boolean known = property.matches();
        if (!known) {
            yaml.refuse(map.placeOf("property"), "this is no property", "write never-allow-outside(/folder)");
        }
        return Optional.of(new Generated(
                map.place(),
                (int) yaml.integer(map, "calls", 1_000, 1, MAX_GENERATED),
                known ? property.group(1) : "/",
                yaml.strings(map, "tools"),
                scene));
    }
}
