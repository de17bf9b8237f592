package dev.stepgate.environment;

import dev.stepgate.environment.EpisodeLimits.McpSession;
import dev.stepgate.environment.Upstream.Packages;
import dev.stepgate.environment.Upstream.Visible;
import dev.stepgate.environment.egress.Destination;
import dev.stepgate.yaml.Problem;
import dev.stepgate.yaml.StrictYaml;
import dev.stepgate.yaml.YamlNode;
import dev.stepgate.yaml.YamlNode.YamlMap;
import dev.stepgate.yaml.YamlReader;
import dev.stepgate.yaml.YamlRefused;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Reads manifests: OpenEnv's own keys as they come, the section {@code stepgate} strictly. For one file and thread. */
final class ManifestReader {
    private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9_-]{0,62}");
    private static final Pattern UPSTREAM_NAME = Pattern.compile("[a-z0-9][a-z0-9_-]{0,31}");
    private static final Pattern PIN = Pattern.compile("sha256:[0-9a-f]{64}");
    private static final Pattern SIZE = Pattern.compile("([0-9]{1,6})([KMG])");
    private static final Duration MAX_DEADLINE = Duration.ofSeconds(55);
    private static final Duration QUEUE_WAIT = Duration.ofSeconds(30);

    /** Leaves the frame that waited some seconds for its own answer, before a client gives up at 60 s. */
    private static final Duration MAX_QUEUE_WAIT = Duration.ofSeconds(50);

    private static final Duration MAX_IDLE = Duration.ofDays(7);
    private static final Set<String> KINDS = Set.of("stdio", "http", "openenv", "builtin");
    private static final Set<String> LIMITS =
            Set.of("capacity", "queue", "queue_wait", "max_steps", "deadline", "idle");
    private static final List<String> REVISIONS = List.of("2025-11-25", "2026-07-28");

    private final YamlReader yaml = new YamlReader();
    private final Path folder;

    private ManifestReader(Path folder) {
        this.folder = folder;
    }

    /**
     * Reads one manifest, as it is in training.
     *
     * @param folder the folder it lies in, from which its own paths start
     * @throws YamlRefused with every problem of the file
     */
    static EnvironmentManifest read(String file, String text, Path folder) throws YamlRefused {
        YamlNode root = StrictYaml.read(file, text);
        ManifestReader reader = new ManifestReader(folder);
        EnvironmentManifest manifest = reader.manifest(root);
        reader.yaml.finish();
        return manifest.in(false);
    }

    private EnvironmentManifest manifest(YamlNode root) {
        YamlMap file = yaml.anyMap(root);
        String name = yaml.requiredString(file, "name");
        if (!NAME.matcher(name).matches()) {
            yaml.refuse(file.placeOf("name"), "`name` must match " + NAME.pattern(), "it is the id in URLs");
        }
        YamlMap stepgate = yaml.map(
                file,
                "stepgate",
                Set.of("upstreams", "isolation", "episode", "tasks", "credentials", "modes", "interface", "reward"));
        String version = Optional.ofNullable(file.entries().get("version"))
                .map(node -> yaml.scalarText(node, "`version`"))
                .orElse("1.0.0");
        List<Upstream> upstreams = upstreams(file, stepgate);
        EpisodeLimits limits = episode(stepgate);
        ModesReader overlays = new ModesReader(yaml, stepgate);
        Modes modes = overlays.read(upstreams, limits, this::backend, this::limits);
        return new EnvironmentManifest(
                file.placeOf("name"),
                name,
                yaml.string(file, "description").orElse(name + " environment"),
                version,
                upstreams,
                isolation(stepgate),
                limits,
                tasks(stepgate),
                new EnvironmentManifest.Credentials(
                        credentials(overlays, "training", stepgate, modes.training()),
                        credentials(overlays, "production", stepgate, modes.production())),
                modes,
                interfaceDigest(stepgate),
                new RewardReader(yaml, upstreams, this::packages).read(stepgate));
    }

    /** What a credential is bound to is looked for among the backends of the mode it is of. */
    private List<CredentialReference> credentials(
            ModesReader overlays, String name, YamlMap stepgate, Modes.Mode mode) {
        Optional<List<YamlNode>> names = overlays.credentials(name);
        Set<String> wanted = names.map(nodes -> nodes.stream()
                        .map(node -> yaml.string(node, "a credential's name"))
                        .collect(Collectors.toSet()))
                .orElse(Set.of());
        CredentialReader reader =
                new CredentialReader(yaml, mode.upstreams(), names.isEmpty() ? key -> true : wanted::contains);
        Map<String, CredentialReference> all = reader.read(stepgate);
        if (names.isEmpty()) {
            return List.copyOf(all.values());
        }
        List<CredentialReference> chosen = new ArrayList<>();
        for (YamlNode node : names.get()) {
            String asked = yaml.string(node, "a credential's name");
            CredentialReference credential = all.get(asked);
            if (credential == null) {
                yaml.refuse(
                        node.place(), "there is no credential `" + asked + "`", Problem.nearest(asked, all.keySet()));
            } else {
                chosen.add(credential);
            }
        }
        return chosen;
    }

    private @Nullable String interfaceDigest(YamlMap stepgate) {
        Optional<String> digest = yaml.string(stepgate, "interface");
        if (digest.isPresent() && !PIN.matcher(digest.get()).matches()) {
            yaml.refuse(
                    stepgate.placeOf("interface"),
                    "`interface` is no digest",
                    "`stepgate env show --diff-modes` prints it");
        }
        return digest.orElse(null);
    }

    private @Nullable Path tasks(YamlMap stepgate) {
        Optional<String> file = yaml.string(stepgate, "tasks");
        if (file.isEmpty()) {
            return null;
        }
        Path path = beside(file.get());
        if (!path.startsWith(folder)) {
            yaml.refuse(stepgate.placeOf("tasks"), "`tasks` must name a file beside the manifest", "");
        }
        return path;
    }

    private List<Upstream> upstreams(YamlMap file, YamlMap stepgate) {
        List<Upstream> upstreams = new ArrayList<>();
        YamlNode node = stepgate.entries().get("upstreams");
        if (node != null) {
            YamlMap map = yaml.anyMap(node);
            map.entries().forEach((name, upstream) -> {
                if (!UPSTREAM_NAME.matcher(name).matches()) {
                    yaml.refuse(map.placeOf(name), "an upstream's name must match " + UPSTREAM_NAME.pattern(), "");
                }
                upstream(name, upstream).ifPresent(upstreams::add);
            });
        }
        if (upstreams.isEmpty() && !yaml.hasProblems()) {
            yaml.refuse(file.placeOf("stepgate"), "the environment names no upstream", "add `stepgate: upstreams:`");
        }
        return upstreams;
    }

    private Optional<Upstream> upstream(String name, YamlNode node) {
        YamlMap map = yaml.map(
                node,
                Stream.concat(KINDS.stream(), Stream.of("visible", "passes", "pin", "revision", "packages"))
                        .collect(Collectors.toSet()));
        return kind(name, visible(map), map);
    }

    /** An upstream as a mode has it: another backend behind the same names and pins. */
    private Optional<Upstream> backend(Upstream upstream, YamlNode node) {
        YamlMap map = yaml.map(
                node, Stream.concat(KINDS.stream(), Stream.of("packages")).collect(Collectors.toSet()));
        return kind(upstream.name(), upstream.visible(), map);
    }

    private Optional<Upstream> kind(String name, Visible visible, YamlMap map) {
        List<String> kinds =
                map.entries().keySet().stream().filter(KINDS::contains).toList();
        if (kinds.size() != 1) {
            yaml.refuse(map.place(), "an upstream is exactly one of stdio, http, openenv and builtin", "");
            return Optional.empty();
        }
        return switch (kinds.getFirst()) {
            case "stdio" -> Optional.of(stdio(name, visible, map));
            case "http" ->
                url(yaml.map(map, "http", Set.of("url")), "url").map(url -> new Upstream.Http(name, visible, url));
            case "openenv" -> new OpenEnvUpstreamReader(yaml, this::url).read(name, visible, map, packages(map));
            default -> builtin(name, visible, map);
        };
    }

    private Upstream stdio(String name, Visible visible, YamlMap map) {
        YamlMap stdio = yaml.map(map, "stdio", Set.of("command", "args", "env", "warm"));
        return new Upstream.Stdio(
                name,
                visible,
                yaml.requiredString(stdio, "command"),
                yaml.strings(stdio, "args"),
                yaml.stringMap(stdio, "env"),
                packages(map),
                (int) yaml.integer(stdio, "warm", 1, 0, Upstream.MOST_WARM));
    }

    private @Nullable Packages packages(YamlMap map) {
        if (!map.entries().containsKey("packages")) {
            return null;
        }
        YamlMap packages = yaml.map(map, "packages", Set.of("folder", "install"));
        Path path = beside(yaml.requiredString(packages, "folder"));
        if (!path.startsWith(folder)) {
            yaml.refuse(packages.placeOf("folder"), "`folder` must lie beside the manifest", "");
        }
        return new Packages(path, yaml.requiredString(packages, "install"));
    }

    private Path beside(String path) {
        try {
            return folder.resolve(path).normalize();
        } catch (InvalidPathException malformed) {
            // No path at all, so none that lies beside the manifest.
            return Path.of("");
        }
    }

    private Optional<URI> url(YamlMap map, String key) {
        String text = yaml.requiredString(map, key);
        try {
            URI url = new URI(text);
            boolean plain = url.getUserInfo() == null && url.getQuery() == null && url.getFragment() == null;
            boolean web = "http".equals(url.getScheme()) || "https".equals(url.getScheme());
            if (url.getHost() != null && plain && web) {
                return Optional.of(url);
            }
        } catch (URISyntaxException malformed) {
            // Told below, like any other text that is no URL of ours.
        }
        yaml.refuse(
                map.placeOf(key), "`" + key + "` must be an http or https URL without user, query and fragment", "");
        return Optional.empty();
    }

    private Optional<Upstream> builtin(String name, Visible visible, YamlMap map) {
        String builtin = yaml.requiredString(map, "builtin");
        if (!Upstream.Builtin.NAMES.contains(builtin)) {
            yaml.refuse(
                    map.placeOf("builtin"),
                    "no builtin `" + builtin + "`",
                    Problem.nearest(builtin, Upstream.Builtin.NAMES));
            return Optional.empty();
        }
        return Optional.of(new Upstream.Builtin(name, visible, builtin, folder));
    }

    private Visible visible(YamlMap map) {
        YamlMap visible = yaml.map(map, "visible", Set.of("template", "aliases"));
        String template = yaml.string(visible, "template").orElse("{tool}");
        if (!template.contains("{tool}")) {
            yaml.refuse(visible.placeOf("template"), "`template` must hold {tool}", "for example fs_{tool}");
        }
        return new Visible(template, yaml.stringMap(visible, "aliases"), passes(map), pins(map), revision(map));
    }

    private @Nullable String revision(YamlMap map) {
        Optional<String> revision = yaml.string(map, "revision");
        if (revision.isPresent() && !REVISIONS.contains(revision.get())) {
            yaml.refuse(
                    map.placeOf("revision"),
                    "`revision` must be " + String.join(" or ", REVISIONS),
                    "leave it out to have it found out");
        }
        return revision.orElse(null);
    }

    private Set<Passage> passes(YamlMap map) {
        Map<String, Passage> byName =
                Stream.of(Passage.values()).collect(Collectors.toMap(Passage::wireName, passage -> passage));
        Set<Passage> passes = EnumSet.noneOf(Passage.class);
        for (YamlNode item : yaml.list(map, "passes")) {
            String name = yaml.string(item, "what passes");
            Passage passage = byName.get(name);
            if (passage == null) {
                yaml.refuse(
                        item.place(), "nothing called `" + name + "` can pass", Problem.nearest(name, byName.keySet()));
            } else {
                passes.add(passage);
            }
        }
        return passes;
    }

    private Map<String, String> pins(YamlMap map) {
        Map<String, String> pins = yaml.stringMap(map, "pin");
        pins.forEach((tool, digest) -> {
            if (!PIN.matcher(digest).matches()) {
                yaml.refuse(
                        map.placeOf("pin"),
                        "the pin of `" + tool + "` is no digest",
                        "`stepgate env show --pin` writes them");
            }
        });
        return pins;
    }

    private Isolation isolation(YamlMap stepgate) {
        YamlMap map = yaml.map(
                stepgate,
                "isolation",
                Set.of("profile", "required", "egress", "memory", "pids", "disk", "files", "open_files"));
        Profile profile = yaml.word(map, "profile", Profile.class, Profile.STANDARD);
        Set<Destination> egress = egress(map);
        Set<Guarantee> required =
                new HashSet<>(map.entries().containsKey("required") ? guarantees(map) : profile.required());
        if (!egress.isEmpty()) {
            required.add(Guarantee.NET_ALLOWLIST);
        }
        return new Isolation(
                profile,
                required,
                new Isolation.Limits(
                        size(map, "memory", 1L << 30),
                        (int) yaml.integer(map, "pids", 128, 1, 32_768),
                        size(map, "disk", 64L << 20),
                        size(map, "files", 64L << 20),
                        (int) yaml.integer(map, "open_files", 1_024, 16, 65_536)),
                egress);
    }

    private Set<Destination> egress(YamlMap map) {
        Set<Destination> egress = new HashSet<>();
        for (YamlNode item : yaml.list(map, "egress")) {
            Optional<Destination> destination = Destination.parse(yaml.string(item, "a way out"));
            destination.ifPresent(egress::add);
            if (destination.isEmpty()) {
                yaml.refuse(
                        item.place(),
                        "a way out must be a host's full name and a port, no address and no wildcard",
                        "for example api.example.com:443");
            }
        }
        return egress;
    }

    private Set<Guarantee> guarantees(YamlMap map) {
        Map<String, Guarantee> byName =
                Stream.of(Guarantee.values()).collect(Collectors.toMap(Guarantee::wireName, guarantee -> guarantee));
        Set<Guarantee> required = EnumSet.noneOf(Guarantee.class);
        for (YamlNode item : yaml.list(map, "required")) {
            String name = yaml.string(item, "a guarantee");
            Guarantee guarantee = byName.get(name);
            if (guarantee == null) {
                yaml.refuse(item.place(), "no guarantee `" + name + "`", Problem.nearest(name, byName.keySet()));
            } else {
                required.add(guarantee);
            }
        }
        return required;
    }

    private EpisodeLimits episode(YamlMap stepgate) {
        YamlMap map = yaml.map(
                stepgate,
                "episode",
                Stream.concat(LIMITS.stream(), Stream.of("mcp_session")).collect(Collectors.toSet()));
        McpSession session = yaml.word(map, "mcp_session", McpSession.class, McpSession.OWN);
        EpisodeLimits usual =
                new EpisodeLimits(64, 0, QUEUE_WAIT, 1_000_000, MAX_DEADLINE, Duration.ofHours(1), session);
        return numbers(map, usual);
    }

    /** The limits of a mode: its own numbers, the others as they are for both. */
    private EpisodeLimits limits(YamlMap map, EpisodeLimits others) {
        return numbers(yaml.map(map, LIMITS), others);
    }

    private EpisodeLimits numbers(YamlMap map, EpisodeLimits others) {
        return new EpisodeLimits(
                (int) yaml.integer(map, "capacity", others.capacity(), 1, 1_000_000),
                (int) yaml.integer(map, "queue", others.queue(), 0, 10_000),
                yaml.duration(map, "queue_wait", others.queueWait(), MAX_QUEUE_WAIT),
                (int) yaml.integer(map, "max_steps", others.maxSteps(), 1, Integer.MAX_VALUE),
                yaml.duration(map, "deadline", others.deadline(), MAX_DEADLINE),
                yaml.duration(map, "idle", others.idle(), MAX_IDLE),
                others.mcpSession());
    }

    private long size(YamlMap map, String key, long absent) {
        YamlNode node = map.entries().get(key);
        if (node == null) {
            return absent;
        }
        Matcher matcher = SIZE.matcher(yaml.scalarText(node, "`" + key + "`"));
        if (matcher.matches() && Long.parseLong(matcher.group(1)) > 0) {
            int shift = switch (matcher.group(2)) {
                case "K" -> 10;
                case "M" -> 20;
                default -> 30;
            };
            return Long.parseLong(matcher.group(1)) << shift;
        }
        yaml.refuse(node.place(), "`" + key + "` must be a size", "for example 512M or 1G");
        return absent;
    }
}
