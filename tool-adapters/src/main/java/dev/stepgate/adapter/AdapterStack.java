package dev.stepgate.adapter;

import com.fasterxml.jackson.core.JsonPointer;
import dev.stepgate.scrub.Scrubber;
import dev.stepgate.tool.ToolAdapter;
import java.util.Map;
import java.util.Set;

/**
 * Puts the decorators around an adapter, outermost first. There is none for deadlines: every adapter keeps its own, because
 * only it knows what to tell its upstream.
 */
public final class AdapterStack {
    private AdapterStack() {}

    /**
     * The adapter as the gateway calls it.
     *
     * @param mostCalls calls in flight at once, at least 1; further ones wait in order within their deadline
     * @param filled the arguments that credentials fill and nobody else sees, by the upstream's own name of the tool
     * @param scrubber takes the environment's credentials out of whatever comes back; with {@link Scrubber#NONE} nothing is looked
     *     through
     */
    public static ToolAdapter around(
            ToolAdapter adapter, int mostCalls, Map<String, Set<JsonPointer>> filled, Scrubber scrubber) {
        ToolAdapter whole = filled.isEmpty() ? adapter : new FillingAdapter(adapter, filled);
        ToolAdapter limited = new LimitedAdapter(whole, mostCalls);
        return scrubber == Scrubber.NONE ? limited : new ScrubbingAdapter(limited, scrubber);
    }

    /** The same where no argument is filled. */
    public static ToolAdapter around(ToolAdapter adapter, int mostCalls, Scrubber scrubber) {
        return around(adapter, mostCalls, Map.of(), scrubber);
    }

    /** The trainer's side of an environment, with the same taken out. */
    public static EpisodeControl around(EpisodeControl control, Scrubber scrubber) {
        return scrubber == Scrubber.NONE ? control : new ScrubbingControl(control, scrubber);
    }
}
