package dev.stepgate.adapter;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stepgate.scrub.Scrubber;
import dev.stepgate.tool.Deadline;
import dev.stepgate.tool.Refusal;
import java.util.function.Supplier;

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
        FirstObservation first = clean(() -> control.reset(arguments, deadline));
        JsonNode reward = first.reward();
        return new FirstObservation(
                (ObjectNode) scrubber.tree(first.fields()),
                reward == null ? null : scrubber.tree(reward),
                first.done(),
                (ObjectNode) scrubber.tree(first.metadata()));
    }

    @Override
    public ObjectNode state(Deadline deadline) {
        return (ObjectNode) scrubber.tree(clean(() -> control.state(deadline)));
    }

    private <T> T clean(Supplier<T> action) {
        try {
            return action.get();
        } catch (Refusal refusal) {
            throw refusal.saying(scrubber.text(refusal.reason()));
        }
    }
}
