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
        Credentials credentials) {
    public EnvironmentManifest {
        upstreams = List.copyOf(upstreams);
    }

    /** An environment that needs no credentials. */
    public EnvironmentManifest(
            Place place,
            String name,
            String description,
            String version,
            List<Upstream> upstreams,
            Isolation isolation,
            EpisodeLimits episode,
            @Nullable Path tasks) {
        this(place, name, description, version, upstreams, isolation, episode, tasks, Credentials.NONE);
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
