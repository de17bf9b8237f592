package dev.stepgate.gateway.identity;

import dev.stepgate.gateway.episode.Episode;
import dev.stepgate.gateway.journal.Face;
import dev.stepgate.tool.Deadline;
import dev.stepgate.tool.Downstream;
import dev.stepgate.tool.ToolCall;

/**
 * A tool call as a face hands it to the pipeline.
 *
 * @param caller who came through the door
 * @param episode the episode it is a step of
 * @param call the tool as the agent sees it, and its arguments
 * @param face the door it came in by
 * @param deadline until when the caller must have an answer
 * @param downstream the caller's end, for what comes before the answer
 */
public record IncomingCall(
        Principal caller, Episode episode, ToolCall call, Face face, Deadline deadline, Downstream downstream) {

    /** A call of which nothing but the answer is taken. */
    public IncomingCall(Principal caller, Episode episode, ToolCall call, Face face, Deadline deadline) {
        this(caller, episode, call, face, deadline, Downstream.NOBODY);
    }
}
