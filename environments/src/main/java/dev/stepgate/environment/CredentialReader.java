package dev.stepgate.environment;

import dev.stepgate.environment.CredentialReference.Binding;
import dev.stepgate.environment.CredentialReference.Engine;
import dev.stepgate.environment.CredentialReference.Injection;
import dev.stepgate.environment.CredentialReference.Lease;
import dev.stepgate.environment.CredentialReference.Source;
import dev.stepgate.yaml.Problem;
import dev.stepgate.yaml.YamlNode;
import dev.stepgate.yaml.YamlNode.YamlMap;
import dev.stepgate.yaml.YamlReader;
import java.net.URI;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Reads the credentials of a manifest, and refuses one that could never be sent or be sent astray. For one file. */
final class CredentialReader {
    private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9_-]{0,62}");
    private static final Pattern PATH = Pattern.compile("[A-Za-z0-9_-][A-Za-z0-9_.-]*(/[A-Za-z0-9_-][A-Za-z0-9_.-]*)+");
    private static final Pattern HEADER = Pattern.compile("[A-Za-z0-9-]{1,64}");
    private static final Pattern VARIABLE = Pattern.compile("[A-Za-z_][A-Za-z0-9_]{0,63}");
    private static final Pattern POINTER = Pattern.compile("(/[A-Za-z_][A-Za-z0-9_.-]{0,63}){1,8}");
    private static final Pattern FILE = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}");
    private static final Set<String> CHANNELS = Set.of("header", "arg", "env", "files");
    private static final Set<String> LOOPBACK = Set.of("localhost", "127.0.0.1", "[::1]");

    /** What the protocol itself says in a header, or what says where a request goes. */
    private static final Set<String> OTHERS_HEADERS = Set.of(
            "host", "content-length", "content-type", "transfer-encoding", "connection", "accept", "last-event-id");

    private final YamlReader yaml;
    private final Map<String, Upstream> upstreams;
    private final Predicate<String> isUsed;

    /** @param isUsed whether a credential of this name has to reach its upstream */
    CredentialReader(YamlReader yaml, List<Upstream> upstreams, Predicate<String> isUsed) {
        this.yaml = yaml;
        this.isUsed = isUsed;
        this.upstreams = upstreams.stream().collect(Collectors.toMap(Upstream::name, upstream -> upstream));
    }

    Map<String, CredentialReference> read(YamlMap stepgate) {
        Map<String, CredentialReference> credentials = new LinkedHashMap<>();
        YamlNode node = stepgate.entries().get("credentials");
        if (node != null) {
            YamlMap map = yaml.anyMap(node);
            map.entries().forEach((name, credential) -> {
                if (!NAME.matcher(name).matches()) {
                    yaml.refuse(map.placeOf(name), "a credential's name must match " + NAME.pattern(), "");
                }
                credential(map, name, credential).ifPresent(read -> credentials.put(name, read));
            });
        }
        return credentials;
    }

    private Optional<CredentialReference> credential(YamlMap parent, String name, YamlNode node) {
        YamlMap map = yaml.map(node, Set.of("source", "inject", "bind", "lease"));
        YamlMap source = yaml.map(map, "source", Set.of("kv1", "kv2", "dynamic", "mount", "field", "version"));
        Optional<Source> from = source(node, source);
        Optional<Injection> inject =
                injection(node, map, yaml.string(source, "field").orElse(null));
        Optional<Binding> bind = binding(node, map);
        YamlMap lease = yaml.map(map, "lease", Set.of("per"));
        Lease per = lease.entries().containsKey("per") ? yaml.word(lease, "per", Lease.class, Lease.ENV) : null;
        if (from.isEmpty() || inject.isEmpty() || bind.isEmpty()) {
            return Optional.empty();
        }
        if (isUsed.test(name)) {
            requireReachable(parent, name, inject.get(), bind.get());
        }
        return Optional.of(
                new CredentialReference(parent.placeOf(name), name, from.get(), inject.get(), bind.get(), per));
    }

    private Optional<Source> source(YamlNode node, YamlMap map) {
        List<String> engines = map.entries().keySet().stream()
                .filter(Set.of("kv1", "kv2", "dynamic")::contains)
                .toList();
        if (engines.size() != 1) {
            yaml.refuse(node.place(), "a credential's source is exactly one of kv1, kv2 and dynamic", "");
            return Optional.empty();
        }
        String engine = engines.getFirst();
        String whole = yaml.requiredString(map, engine);
        if (!PATH.matcher(whole).matches()) {
            yaml.refuse(map.placeOf(engine), "`" + engine + "` must be a path as `agents/swe/github`", "");
            return Optional.empty();
        }
        String mount = yaml.string(map, "mount").orElse(whole.substring(0, whole.indexOf('/')));
        if (!whole.startsWith(mount + "/")) {
            yaml.refuse(map.placeOf("mount"), "`mount` must be the beginning of the path", "");
            return Optional.empty();
        }
        boolean pinned = map.entries().containsKey("version");
        if (pinned && !engine.equals("kv2")) {
            yaml.refuse(map.placeOf("version"), "only `kv2` has versions", "leave `version` out");
        }
        Integer version = pinned ? (Integer) (int) yaml.integer(map, "version", 1, 1, Integer.MAX_VALUE) : null;
        return Optional.of(new Source(
                Engine.valueOf(engine.toUpperCase(Locale.ROOT)), mount, whole.substring(mount.length() + 1), version));
    }

    private Optional<Injection> injection(YamlNode node, YamlMap map, @Nullable String field) {
        YamlMap inject = yaml.map(map, "inject", Set.of("header", "format", "env", "arg", "files"));
        List<String> channels =
                inject.entries().keySet().stream().filter(CHANNELS::contains).toList();
        if (channels.size() != 1) {
            yaml.refuse(node.place(), "a credential is injected by exactly one of header, arg, env and files", "");
            return Optional.empty();
        }
        String channel = channels.getFirst();
        if (!channel.equals("header") && inject.entries().containsKey("format")) {
            yaml.refuse(inject.placeOf("format"), "`format` is for a header", "leave it out");
        }
        return switch (channel) {
            case "env" -> Optional.of(new Injection.Variables(named(inject, "env", VARIABLE, "name of a variable")));
            case "files" -> files(inject);
            default ->
                field(node, channel, field).map(known -> {
                    if (channel.equals("header")) {
                        return header(inject, known);
                    }
                    String pointer = yaml.requiredString(inject, "arg");
                    if (!POINTER.matcher(pointer).matches()) {
                        yaml.refuse(inject.placeOf("arg"), "`arg` must be a pointer as `/auth/api_key`", "");
                    }
                    return new Injection.Argument(pointer, known);
                });
        };
    }

    private Optional<String> field(YamlNode node, String channel, @Nullable String field) {
        if (field == null) {
            yaml.refuse(node.place(), "a credential for `" + channel + "` needs `source: field`", "");
        }
        return Optional.ofNullable(field);
    }

    private Injection header(YamlMap inject, String field) {
        String name = yaml.requiredString(inject, "header");
        String format = yaml.string(inject, "format").orElse("{}");
        boolean others = OTHERS_HEADERS.contains(name.toLowerCase(Locale.ROOT))
                || name.toLowerCase(Locale.ROOT).startsWith("mcp-");
        if (!HEADER.matcher(name).matches() || others) {
            yaml.refuse(inject.placeOf("header"), "`" + name + "` is no header for a credential", "");
        }
        if (format.indexOf("{}") < 0 || format.chars().anyMatch(unit -> unit < ' ' || unit > '~')) {
            yaml.refuse(inject.placeOf("format"), "`format` must hold {} and be one line", "for example `Bearer {}`");
        }
        return new Injection.Header(name, field, format);
    }

    private Optional<Injection> files(YamlMap inject) {
        Map<String, String> files = named(inject, "files", FILE, "name of a file");
        if (files.isEmpty() || files.size() > SandboxSpec.MOST_FILES) {
            yaml.refuse(
                    inject.placeOf("files"), "a credential is put into 1 to " + SandboxSpec.MOST_FILES + " files", "");
            return Optional.empty();
        }
        return Optional.of(new Injection.FileSet(files));
    }

    private Map<String, String> named(YamlMap inject, String channel, Pattern form, String what) {
        Map<String, String> fields = yaml.stringMap(inject, channel);
        fields.keySet().stream()
                .filter(name -> !form.matcher(name).matches())
                .forEach(name -> yaml.refuse(inject.placeOf(channel), "`" + name + "` is no " + what, ""));
        return fields;
    }

    private Optional<Binding> binding(YamlNode node, YamlMap map) {
        YamlMap bind = yaml.map(map, "bind", Set.of("upstream", "hosts", "paths", "tools", "session"));
        String upstream = yaml.requiredString(bind, "upstream");
        if (!upstreams.containsKey(upstream)) {
            yaml.refuse(
                    bind.entries().isEmpty() ? node.place() : bind.placeOf("upstream"),
                    "the environment has no upstream `" + upstream + "`",
                    Problem.nearest(upstream, upstreams.keySet()));
            return Optional.empty();
        }
        List<String> paths = new ArrayList<>(yaml.strings(bind, "paths"));
        Set<String> tools = Set.copyOf(yaml.strings(bind, "tools"));
        return Optional.of(new Binding(
                upstream,
                Set.copyOf(yaml.strings(bind, "hosts")),
                paths,
                tools,
                yaml.bool(bind, "session", tools.isEmpty())));
    }

    /** A credential that does not fit its upstream would be missing at the first call; better said now. */
    private void requireReachable(YamlMap parent, String name, Injection inject, Binding bind) {
        Upstream upstream = upstreams.get(bind.upstream());
        switch (inject) {
            case Injection.Variables _, Injection.FileSet _ -> {
                if (!(upstream instanceof Upstream.Stdio)) {
                    yaml.refuse(
                            parent.placeOf(name), "`env` and `files` need an upstream that is a `stdio` process", "");
                }
            }
            case Injection.Argument _ -> {
                if (bind.tools().isEmpty()) {
                    yaml.refuse(
                            parent.placeOf(name), "`arg` needs `bind: tools`, the tools that have the argument", "");
                }
                if (upstream instanceof Upstream.Http http) {
                    requireBound(parent, name, http.url(), bind);
                } else if (!(upstream instanceof Upstream.Stdio)) {
                    yaml.refuse(parent.placeOf(name), "`arg` needs an upstream that is `http` or `stdio`", "");
                }
            }
            case Injection.Header _ -> {
                if (upstream instanceof Upstream.Http http) {
                    requireBound(parent, name, http.url(), bind);
                } else {
                    yaml.refuse(parent.placeOf(name), "`header` needs an upstream that is `http`", "");
                }
            }
        }
    }

    private void requireBound(YamlMap parent, String name, URI url, Binding bind) {
        boolean tls = "https".equals(url.getScheme());
        int port = url.getPort() < 0 ? (tls ? 443 : 80) : url.getPort();
        String host = String.valueOf(url.getHost()).toLowerCase(Locale.ROOT) + ":" + port;
        if (!tls && !LOOPBACK.contains(url.getHost())) {
            yaml.refuse(parent.placeOf(name), "a credential is sent over TLS only, or to this machine", "use https");
        }
        if (!bind.hosts().contains(host)) {
            yaml.refuse(
                    parent.placeOf(name),
                    "its upstream is at `" + host + "`, which `bind: hosts` does not name",
                    "name it there if the credential is for it");
        }
        if (!bind.coversPath(url.getPath())) {
            yaml.refuse(parent.placeOf(name), "its upstream's path is none of `bind: paths`", "");
        }
    }
}
