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
 */
public record EnvironmentManifest(
        Place place,
        String name,
        String description,
        String version,
        List<Upstream> upstreams,
        Isolation isolation,
        EpisodeLimits episode,
        @Nullable Path tasks) {
    public EnvironmentManifest {
        upstreams = List.copyOf(upstreams);
    }
}
