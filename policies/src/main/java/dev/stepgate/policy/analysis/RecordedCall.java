package dev.stepgate.policy.analysis;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A call that was once decided, as a journal or trajectory has it.
 *
 * @param run which run it was made in; calls of one run see each other
 * @param tool {@code <upstream>.<tool>}
 * @param made whether it left for its tool, so that later calls of the run come after it
 * @param subject who called, or empty where the record does not say
 * @param decided what was decided then and by which policy, for people
 */
public record RecordedCall(
        String run,
        String tool,
        Map<String, @Nullable Object> arguments,
        boolean made,
        String subject,
        String decided) {}
