package dev.stepgate.gateway.http;

import dev.stepgate.gateway.catalog.CatalogEntry;
import dev.stepgate.gateway.catalog.ServedEnvironment;
import dev.stepgate.gateway.config.Gateway;
import dev.stepgate.gateway.episode.Episode;
import dev.stepgate.gateway.episode.Narrowing;
import dev.stepgate.gateway.identity.Principal;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where a request came in: who it is, which environment it means, and which episode if the URL names one.
 *
 * @param base the URL of this environment or episode, without a trailing slash
 * @param fixed the episode of a capability URL, or null on an environment's own URL
 */
record Door(
        Gateway gateway,
        Principal principal,
        ServedEnvironment environment,
        String base,
        @Nullable Episode fixed) {

    /** The episode that a call without a session belongs to: the URL's, else the caller's default one. */
    Episode episode() {
        Episode episode = fixed;
        return episode == null ? gateway.episodes().defaultEpisode(environment.name(), principal.key()) : episode;
    }

    /** The tools that the caller may know of here. */
    List<CatalogEntry> visibleTools() {
        Narrowing narrowing = fixed == null ? Narrowing.NONE : fixed.narrowing();
        return gateway.policyGate().visibleTools(environment, principal, narrowing);
    }
}
