package dev.stepgate.adapter;

import dev.stepgate.tool.ToolAdapter;

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
     */
    public static ToolAdapter around(ToolAdapter adapter, int mostCalls) {
        return new LimitedAdapter(adapter, mostCalls);
    }
}
