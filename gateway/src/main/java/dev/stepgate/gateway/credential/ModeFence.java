package dev.stepgate.gateway.credential;

import dev.stepgate.environment.CredentialReference;
import dev.stepgate.environment.EnvironmentManifest;
import dev.stepgate.yaml.Problem;
import java.util.ArrayList;
import java.util.List;

/**
 * Which paths of the secret store each mode may read. The two sets are disjoint, so that nothing of production can be reached
 * in training, nor the other way round. Immutable.
 */
public final class ModeFence {
    private final List<String> training;
    private final List<String> production;
    private final boolean isProduction;

    /**
     * @param training paths that training may read, with everything below
     * @param production the same for production
     * @throws IllegalArgumentException when one lies in the other; names both
     */
    public ModeFence(List<String> training, List<String> production, boolean isProduction) {
        this.training = training.stream().map(ModeFence::folder).toList();
        this.production = production.stream().map(ModeFence::folder).toList();
        this.isProduction = isProduction;
        for (String one : this.training) {
            for (String other : this.production) {
                if (one.startsWith(other) || other.startsWith(one)) {
                    throw new IllegalArgumentException("`stepgate.secrets.training` names `" + one
                            + "` and `stepgate.secrets.production` names `" + other
                            + "`: what one mode may read the other may not");
                }
            }
        }
    }

    private static String folder(String path) {
        return path.endsWith("/") ? path : path + "/";
    }

    /** Whether the mode that is served may read this. Asked at each reading. */
    boolean admits(CredentialReference credential) {
        return admits(credential, isProduction);
    }

    private boolean admits(CredentialReference credential, boolean inProduction) {
        String path = credential.source().fullPath() + "/";
        return (inProduction ? production : training).stream().anyMatch(path::startsWith);
    }

    /** What is wrong with a manifest's credentials: a mode that names one of the other, or of nobody's. */
    public List<Problem> problems(EnvironmentManifest manifest) {
        List<Problem> problems = new ArrayList<>();
        for (boolean inProduction : new boolean[] {false, true}) {
            boolean both = manifest.credentials()
                    .training()
                    .equals(manifest.credentials().production());
            if (both && inProduction != isProduction) {
                continue; // named for no mode, so it is the served one's
            }
            for (CredentialReference credential : manifest.credentials().of(inProduction)) {
                if (!admits(credential, inProduction)) {
                    String mode = inProduction ? "production" : "training";
                    problems.add(new Problem(
                            credential.place(),
                            "credential `" + credential.name() + "` lies where " + mode + " may not read",
                            "`stepgate.secrets." + mode + "` names the paths that it may"));
                }
            }
        }
        return problems;
    }
}
