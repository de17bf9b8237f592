package dev.stepgate.environment;

import java.time.Duration;

/**
 * What a manifest says of an environment's episodes.
 *
 * @param capacity how many may be open at once
 * @param queue how many may wait for a slot when all are taken
 * @param queueWait how long one waits for it
 * @param maxSteps after how many steps a run is done
 * @param deadline how long a reset or a step may take, at most 55 s: OpenEnv's clients give up after 60 s and would take a
 *     later answer for that of their next request
 * @param idle after how long without use an episode is closed
 * @param mcpSession whose episode an MCP session plays on
 */
public record EpisodeLimits(
        int capacity,
        int queue,
        Duration queueWait,
        int maxSteps,
        Duration deadline,
        Duration idle,
        McpSession mcpSession) {

    /** Whose episode an MCP session plays on. */
    public enum McpSession {
        /** One of its own. */
        OWN,
        /** The caller's default episode. */
        SHARED
    }
}
