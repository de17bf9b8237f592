package dev.stepgate.environment;

import dev.stepgate.yaml.Place;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One environment, as its {@code openenv.yaml} describes it.
 *
 * @param place where its name stands
 * @param name its id in URLs, {@code [a-z0-9][a-z0-9_-]{0,62}}
 * @param version the manifest's {@code version}, for OpenEnv's metadata
 * @param upstreams at least one, in file order
 * @param tasks the file of its tasks, JSON Lines beside the manifest, or null
 * @param credentials what its upstreams need to be let in elsewhere, for each mode
 * @param modes what it is in each mode; {@code upstreams} and {@code episode} are those of the one it is looked at in
 * @param interfaceDigest the digest that its interface must have in both modes, or null where the two are compared here
 * @param reward how its rewards are computed here, or null where what an upstream gives is passed on as it is
 */
public record EnvironmentManifest(
        Place place,
        String name,
        String description,
        String version,
        List<Upstream> upstreams,
        Isolation isolation,
        EpisodeLimits episode,
        @Nullable Path tasks,
        Credentials credentials,
        Modes modes,
        @Nullable String interfaceDigest,
        @Nullable Reward reward) {
    public EnvironmentManifest {
        upstreams = List.copyOf(upstreams);
    }

    /** An environment that is the same in both modes. */
    public EnvironmentManifest(
            Place place,
            String name,
            String description,
            String version,
            List<Upstream> upstreams,
            Isolation isolation,
            EpisodeLimits episode,
            @Nullable Path tasks,
            Credentials credentials) {
        this(
                place,
                name,
                description,
                version,
                upstreams,
                isolation,
                episode,
                tasks,
                credentials,
                Modes.alike(upstreams, episode),
                null,
                null);
    }

    /** The environment as it is in a mode. */
    public EnvironmentManifest in(boolean isProduction) {
        Modes.Mode mode = modes.of(isProduction);
        return as(name, mode, credentials, reward);
    }

    /**
     * What a mode that is not served here offers, to be looked at beside the served one: only the upstreams that have another
     * backend there, under a name of its own, and without credentials, which stay with their mode.
     */
    public EnvironmentManifest otherwise(boolean isProduction) {
        Modes.Mode other = modes.of(isProduction);
        List<Upstream> different = other.upstreams().stream()
                .filter(upstream -> !modes.of(!isProduction).upstreams().contains(upstream))
                .toList();
        return as(
                name + (isProduction ? "@production" : "@training"),
                new Modes.Mode(different, other.limits(), Faults.NONE),
                Credentials.NONE,
                null);
    }

    private EnvironmentManifest as(String called, Modes.Mode mode, Credentials with, @Nullable Reward scored) {
        return new EnvironmentManifest(
                place,
                called,
                description,
                version,
                mode.upstreams(),
                isolation,
                mode.limits(),
                tasks,
                with,
                modes,
                interfaceDigest,
                scored);
    }

    /**
     * The credentials of both modes. One that is of both has the same name in both.
     *
     * @param training those that exist in training
     * @param production those that exist in production
     */
    public record Credentials(List<CredentialReference> training, List<CredentialReference> production) {
        public static final Credentials NONE = new Credentials(List.of(), List.of());

        public Credentials {
            training = List.copyOf(training);
            production = List.copyOf(production);
        }

        public List<CredentialReference> of(boolean isProduction) {
            return isProduction ? production : training;
        }
    }
}
