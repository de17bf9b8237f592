package dev.stepgate.gateway.credential;

import dev.stepgate.environment.CredentialReference;
import dev.stepgate.environment.CredentialReference.Binding;
import dev.stepgate.environment.CredentialReference.Engine;
import dev.stepgate.environment.CredentialReference.Injection;
import dev.stepgate.environment.EnvironmentManifest;
import dev.stepgate.gateway.credential.SecretStore.Reading;
import java.util.ArrayList;
import java.util.List;

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
