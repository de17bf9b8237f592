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

    /** Whether the store answers and lets the gateway in, and how each credential of some environments stands. */
    public static List<String> check(
            SecretStore store, ModeFence fence, boolean isProduction, List<EnvironmentManifest> manifests) {
        List<String> lines = new ArrayList<>();
        try {
            store.check();
            lines.add("ok       secret store " + store.describe());
        } catch (SecretStoreFailed failed) {
            lines.add("missing  secret store " + store.describe() + ": " + failed.getMessage());
        }
        for (EnvironmentManifest manifest : manifests) {
            for (CredentialReference reference : manifest.credentials().of(isProduction)) {
                lines.add(line(store, fence, reference).replace("credential ", "credential " + manifest.name() + "/"));
            }
        }
        return lines;
    }

    /** One that is made for whoever asks is not asked for: looking must leave nothing behind. */
    static String line(SecretStore store, ModeFence fence, CredentialReference reference) {
        String subject =
                "credential " + reference.name() + " at " + reference.source().fullPath() + ", "
                        + channel(reference.inject()) + " to " + target(reference.bind());
        if (!fence.admits(reference)) {
            return "missing  " + subject + ": it lies where this mode may not read";
        }
        if (reference.source().engine() == Engine.DYNAMIC) {
            return "ok       " + subject + ": made when it is needed";
        }
        try {
            Reading reading = store.read(reference.source(), null);
            for (String field : EnvironmentCredentials.fields(reference.inject())) {
                if (!reading.fields().containsKey(field)) {
                    return "missing  " + subject + ": it has no field `" + field + "`";
                }
            }
            return "ok       " + subject + (reading.version() == null ? "" : ": version " + reading.version());
        } catch (SecretStoreFailed failed) {
            return "missing  " + subject + ": " + failed.getMessage();
        }
    }

    private static String channel(Injection injection) {
        return switch (injection) {
            case Injection.Header header -> "header " + header.name();
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
