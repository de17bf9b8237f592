package dev.stepgate.gateway.episode;

import dev.stepgate.environment.Reward;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What an environment's manifest says about its episodes.
 *
 * @param capacity how many may be open at once, at least 1
 * @param queue how many may wait for a slot, from 0
 * @param queueWait how long one waits, at most 50 s so that a client which asks for something sees the refusal
 * @param maxSteps after how many steps a run is done
 * @param stepDeadline how long a step, a reset or a start may take, at most 55 s so that it ends before the client's 60 s
 * @param idle after how long without use an episode is closed
 * @param sharedMcp whether MCP sessions play on their caller's default episode instead of one of their own
 * @param reward how rewards are computed here, or null where what an upstream gives is passed on as it is
 */
public record EpisodeSettings(
        int capacity,
        int queue,
        Duration queueWait,
        int maxSteps,
        Duration stepDeadline,
        Duration idle,
        boolean sharedMcp,
        @Nullable Reward reward) {}
