package dev.stepgate.environment;

import dev.stepgate.yaml.Place;
import java.util.List;

/**
 * One environment, as its {@code openenv.yaml} describes it.
 *
 * @param place where its name stands
 * @param name its id in URLs, {@code [a-z0-9][a-z0-9_-]{0,62}}
 * @param version the manifest's {@code version}, for OpenEnv's metadata
 * @param upstreams at least one, in file order
 */
public record EnvironmentManifest(
        Place place,
        String name,
        String description,
        String version,
        List<Upstream> upstreams,
        Isolation isolation,
        EpisodeLimits episode) {
    public EnvironmentManifest {
        upstreams = List.copyOf(upstreams);
    }
}
