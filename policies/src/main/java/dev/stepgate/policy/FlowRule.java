package dev.stepgate.policy;

import java.util.Set;

/**
 * What must not follow what in one run of an episode.
 *
 * @param after labels that earlier calls must all have carried for the rule to hold
 * @param block a call that carries one of these is blocked
 * @param unlessApproved whether an approval lifts the block
 */
public record FlowRule(String id, Set<Label> after, Set<Label> block, boolean unlessApproved) {
    public FlowRule {
        after = Set.copyOf(after);
        block = Set.copyOf(block);
    }

    boolean blocks(Set<Label> labels, EpisodeView episode) {
        return block.stream().anyMatch(labels::contains)
                && after.stream().allMatch(label -> episode.carries(label.kind(), label.name()));
    }
}
