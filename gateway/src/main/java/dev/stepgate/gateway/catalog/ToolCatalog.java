package dev.stepgate.gateway.catalog;

import dev.stepgate.tool.Refusal;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/** The tools of one environment, in a fixed order. Immutable. */
public final class ToolCatalog {
    /** No tool can reset, step or read the state of its own episode: OpenEnv keeps these names for its control plane. */
    private static final Set<String> LIFECYCLE_NAMES = Set.of("reset", "step", "state", "close");

    private static final Pattern VISIBLE_NAME = Pattern.compile("[A-Za-z0-9_.-]{1,128}");

    private final Map<String, CatalogEntry> byVisibleName;
    private final String digest;

    private ToolCatalog(Map<String, CatalogEntry> byVisibleName) {
        this.byVisibleName = byVisibleName;
        this.digest = InterfaceParity.digest(List.copyOf(byVisibleName.values()));
    }

    public static ToolCatalog empty() {
        return of(List.of());
    }

    /**
     * Checks and orders the tools of an environment.
     *
     * @throws Refusal {@code env_error} on a lifecycle name, a name that no client could use, two equal names, or names of two
     *     upstreams that read the same: a call meant for the one must not go to the other
     */
    public static ToolCatalog of(List<CatalogEntry> entries) {
        Map<String, CatalogEntry> byName = new LinkedHashMap<>();
        Map<String, CatalogEntry> byFolded = new LinkedHashMap<>();
        Map<String, CatalogEntry> byLooks = new LinkedHashMap<>();
        for (CatalogEntry entry : entries) {
            String name = entry.visibleName();
            String folded = name.toLowerCase(Locale.ROOT);
            if (!VISIBLE_NAME.matcher(name).matches()) {
                throw Refusal.environmentFailed("tool `" + printable(name) + "` of upstream `" + entry.upstream()
                        + "` has a name outside [A-Za-z0-9_.-]{1,128}: give it an alias under `visible`");
            }
            if (LIFECYCLE_NAMES.contains(folded)) {
                throw Refusal.environmentFailed("tool `" + name + "` of upstream `" + entry.upstream()
                        + "` has the name of a lifecycle call: give it an alias under `visible`");
            }
            CatalogEntry other = byFolded.putIfAbsent(folded, entry);
            if (other != null) {
                throw Refusal.environmentFailed("tool `" + name + "` is offered by upstream `" + other.upstream()
                        + "` and by `" + entry.upstream() + "`: give one an alias under `visible`");
            }
            CatalogEntry alike = byLooks.putIfAbsent(looks(name), entry);
            if (alike != null && !alike.upstream().equals(entry.upstream())) {
                throw Refusal.environmentFailed(
                        "tool `" + name + "` of upstream `" + entry.upstream() + "` reads like `" + alike.visibleName()
                                + "` of `" + alike.upstream() + "`: give one an alias under `visible`");
            }
            byName.put(name, entry);
        }
        return new ToolCatalog(byName);
    }

    /** What a name looks like to a reader: names with the same looks are taken for each other. */
    private static String looks(String name) {
        return name.replace('I', 'l')
                .replace('1', 'l')
                .replace('0', 'o')
                .toLowerCase(Locale.ROOT)
                .replace('-', '_')
                .replace('.', '_')
                .replace("rn", "m")
                .replace("vv", "w");
    }

    public Optional<CatalogEntry> find(String visibleName) {
        return Optional.ofNullable(byVisibleName.get(visibleName));
    }

    public List<CatalogEntry> entries() {
        return List.copyOf(byVisibleName.values());
    }

    /** The digest of the interface that these tools are. */
    public String digest() {
        return digest;
    }

    private static String printable(String name) {
        return name.codePoints()
                .limit(64)
                .filter(c -> c >= ' ' && c < 0x7f)
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();
    }
}
