package dev.stepgate.gateway.upstream;

import dev.stepgate.environment.EnvironmentManifest;
import dev.stepgate.environment.Upstream;
import dev.stepgate.gateway.catalog.CatalogEntry;
import dev.stepgate.gateway.catalog.InterfaceParity;
import dev.stepgate.gateway.catalog.ServedEnvironment.State;
import dev.stepgate.gateway.catalog.ToolCatalog;
import dev.stepgate.tool.Refusal;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Whether an environment is the same one in both modes. Where the manifest names the digest of its interface, each mode is held
 * against it alone; else the backends that are others in the mode which is not served are looked at as well. Stateless.
 */
final class ModeCheck {
    private ModeCheck() {}

    /**
     * What was compared.
     *
     * @param training the tools in training
     * @param production the tools in production
     */
    record Both(List<CatalogEntry> training, List<CatalogEntry> production) {}

    /**
     * Checks what was found in one mode.
     *
     * @param discover finds what an environment of another name offers
     * @throws Refusal when the interface is another in the other mode, or nothing shows that it is the same; names the first
     *     difference
     */
    static void require(
            EnvironmentManifest manifest,
            State.Available found,
            Function<EnvironmentManifest, State.Available> discover) {
        String named = manifest.interfaceDigest();
        if (named != null) {
            requireNamed(named, found);
        } else if (differs(manifest)) {
            requireEqual(compare(manifest, found, discover));
        }
    }

    private static void requireNamed(String named, State.Available found) {
        requireWhole(found);
        String digest = InterfaceParity.digest(found.catalog().entries());
        if (!digest.equals(named)) {
            throw Refusal.environmentFailed("its interface is " + digest
                    + ", and the manifest's `interface` is another: see what has changed with `stepgate env show`");
        }
    }

    private static void requireEqual(Both both) {
        Optional<String> difference = InterfaceParity.firstDifference(both.training(), both.production());
        if (difference.isPresent()) {
            throw Refusal.environmentFailed("its interface is not the same in both modes: " + difference.get());
        }
    }

    /** Whether any upstream has another backend in one of the modes. */
    static boolean differs(EnvironmentManifest manifest) {
        return !manifest.modes()
                .training()
                .upstreams()
                .equals(manifest.modes().production().upstreams());
    }

    /** The tools of both modes, each in its own order. */
    static Both compare(
            EnvironmentManifest manifest,
            State.Available found,
            Function<EnvironmentManifest, State.Available> discover) {
        requireWhole(found);
        List<CatalogEntry> here = found.catalog().entries();
        boolean isProduction =
                manifest.upstreams().equals(manifest.modes().production().upstreams());
        List<CatalogEntry> there = differs(manifest) ? other(manifest, isProduction, here, discover) : here;
        return isProduction ? new Both(there, here) : new Both(here, there);
    }

    /** The tools of the mode that is not served: those of the backends it shares are the same. */
    private static List<CatalogEntry> other(
            EnvironmentManifest manifest,
            boolean isProduction,
            List<CatalogEntry> here,
            Function<EnvironmentManifest, State.Available> discover) {
        EnvironmentManifest others = manifest.otherwise(!isProduction);
        List<CatalogEntry> entries = new ArrayList<>();
        State.Available found = there(others, discover);
        for (Upstream upstream : manifest.upstreams()) {
            boolean another =
                    others.upstreams().stream().anyMatch(other -> other.name().equals(upstream.name()));
            (another ? found.catalog().entries() : here)
                    .stream()
                            .filter(entry -> entry.upstream().equals(upstream.name()))
                            .forEach(entries::add);
        }
        return ToolCatalog.of(entries).entries();
    }

    private static State.Available there(
            EnvironmentManifest others, Function<EnvironmentManifest, State.Available> discover) {
        String mode = others.name().substring(others.name().indexOf('@') + 1);
        try {
            State.Available found = discover.apply(others);
            requireWhole(found);
            return found;
        } catch (Refusal refusal) {
            throw Refusal.environmentFailed("its backends of " + mode + " cannot be looked at from here ("
                    + refusal.reason()
                    + "), so nothing shows that the interface is the same: write its digest, which"
                    + " `stepgate env show --diff-modes` prints, as `interface` into the manifest");
        }
    }

    /** An interface of which a part is missing is none that could be compared. */
    private static void requireWhole(State.Available found) {
        if (!found.missing().isEmpty()) {
            throw Refusal.environmentFailed(found.missing().entrySet().stream()
                    .map(missing -> "upstream `" + missing.getKey() + "` is missing: " + missing.getValue())
                    .collect(Collectors.joining("; ")));
        }
    }
}
