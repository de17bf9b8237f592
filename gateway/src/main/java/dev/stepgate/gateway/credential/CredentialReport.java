package dev.stepgate.gateway.credential;

import dev.stepgate.environment.CredentialReference;
import dev.stepgate.environment.CredentialReference.Binding;
import dev.stepgate.environment.CredentialReference.Engine;
import dev.stepgate.environment.CredentialReference.Injection;
import dev.stepgate.environment.EnvironmentManifest;
import dev.stepgate.gateway.credential.LeaseLedger.Noted;
import dev.stepgate.gateway.credential.LeaseLedger.Owner;
import dev.stepgate.gateway.credential.SecretStore.Issued;
import dev.stepgate.gateway.credential.SecretStore.Reading;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** What people may know of credentials: where they lie, where they go and whether they can be had. Never a value. */
public final class CredentialReport {
    private CredentialReport() {}

    /**
     * How one thing stands.
     *
     * @param subject the store or the credential
     * @param found in one phrase
     */
    public record Standing(boolean isReady, String subject, String found) {}

    /** Whether the store answers and lets the gateway in, and how each credential of some environments stands. */
    public static List<Standing> check(
            SecretStore store, ModeFence fence, boolean isProduction, List<EnvironmentManifest> manifests) {
        List<Standing> standings = new ArrayList<>();
        try {
            store.check();
            standings.add(new Standing(true, "store " + store.describe(), "lets the gateway in"));
        } catch (SecretStoreFailed failed) {
            standings.add(new Standing(false, "store " + store.describe(), String.valueOf(failed.getMessage())));
        }
        for (EnvironmentManifest manifest : manifests) {
            for (CredentialReference reference : manifest.credentials().of(isProduction)) {
                standings.add(of(store, fence, manifest.name(), reference));
            }
        }
        return standings;
    }

    /** One that is made for whoever asks is not asked for: looking must leave nothing behind. */
    private static Standing of(SecretStore store, ModeFence fence, String environment, CredentialReference reference) {
        String subject = environment + "/" + reference.name() + " at "
                + reference.source().fullPath() + ", " + channel(reference.inject()) + " to "
                + target(reference.bind());
        if (!fence.admits(reference)) {
            return new Standing(false, subject, "it lies where this mode may not read");
        }
        if (reference.source().engine() == Engine.DYNAMIC) {
            return new Standing(true, subject, "made when it is needed");
        }
        try {
            Reading reading = store.read(reference.source(), null);
            for (String field : EnvironmentCredentials.fields(reference.inject())) {
                if (!reading.fields().containsKey(field)) {
                    return new Standing(false, subject, "it has no field `" + field + "`");
                }
            }
            return new Standing(
                    true, subject, reading.version() == null ? "readable" : "readable, version " + reading.version());
        } catch (SecretStoreFailed failed) {
            return new Standing(false, subject, String.valueOf(failed.getMessage()));
        }
    }

    /**
     * The credentials of an environment in both modes, a line each: where it lies, how it goes in, what it is bound to, and what
     * was issued for it and not yet taken back.
     *
     * @param live what the ledger of leases names
     */
    public static List<String> references(EnvironmentManifest manifest, Map<Issued, Noted> live) {
        List<String> lines = new ArrayList<>();
        Map<String, CredentialReference> references = new LinkedHashMap<>();
        manifest.credentials().training().forEach(reference -> references.put(reference.name(), reference));
        manifest.credentials().production().forEach(reference -> references.put(reference.name(), reference));
        references.forEach((name, reference) -> lines.add("credential " + name + "  "
                + reference.source().engine().name().toLowerCase(Locale.ROOT) + " "
                + reference.source().fullPath()
                + (reference.source().version() == null
                        ? ""
                        : " version " + reference.source().version())
                + "  " + channel(reference.inject()) + "  to " + target(reference.bind()) + "  in "
                + modes(manifest, name)
                + issued(live, new Owner(manifest.name(), name), "leases")));
        String episodes = issued(live, new Owner(manifest.name(), ""), "identities of episodes");
        if (!episodes.isEmpty()) {
            lines.add("credentials" + episodes);
        }
        return lines;
    }

    private static String modes(EnvironmentManifest manifest, String name) {
        boolean training = manifest.credentials().training().stream()
                .anyMatch(reference -> reference.name().equals(name));
        boolean production = manifest.credentials().production().stream()
                .anyMatch(reference -> reference.name().equals(name));
        return training && production ? "both modes" : training ? "training" : "production";
    }

    private static String issued(Map<Issued, Noted> live, Owner owner, String what) {
        List<Noted> own = live.values().stream()
                .filter(noted -> noted.owner().equals(owner))
                .toList();
        return own.stream()
                .map(Noted::until)
                .max(Comparator.naturalOrder())
                .map(last -> "  " + own.size() + " " + what + ", the last until " + last + " at the latest")
                .orElse("");
    }

    private static String channel(Injection injection) {
        return switch (injection) {
            case Injection.Header header -> "header " + header.name();
            case Injection.Argument argument -> "argument " + argument.pointer();
            case Injection.FileSet files ->
                "files "
                        + String.join(
                                " ", new java.util.TreeSet<>(files.fields().keySet()));
            case Injection.Variables variables ->
                "variables "
                        + String.join(
                                " ", new java.util.TreeSet<>(variables.fields().keySet()));
        };
    }

    private static String target(Binding bind) {
        return bind.upstream()
                + (bind.hosts().isEmpty() ? "" : " at " + String.join(" ", bind.hosts()))
                + (bind.tools().isEmpty() ? "" : " for " + String.join(" ", bind.tools()));
    }
}
