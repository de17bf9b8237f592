package dev.stepgate.adapter;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stepgate.scrub.Scrubber;
import dev.stepgate.tool.Deadline;

/** Takes credentials out of first observations, states and the errors of both. */
final class ScrubbingControl implements EpisodeControl {
    private final EpisodeControl control;
    private final Scrubber scrubber;

    ScrubbingControl(EpisodeControl control, Scrubber scrubber) {
        this.control = control;
        this.scrubber = scrubber;
    }

    @Override
    public FirstObservation reset(ObjectNode arguments, Deadline deadline) {
        FirstObservation first = scrubber.refusals(() -> control.reset(arguments, deadline));
        JsonNode reward = first.reward();
        return new FirstObservation(
                scrubber.object(first.fields()),
                reward == null ? null : scrubber.tree(reward),
                first.done(),
                scrubber.object(first.metadata()));
    }

    @Override
    public ObjectNode state(Deadline deadline) {
        return scrubber.object(scrubber.refusals(() -> control.state(deadline)));
    }
}
