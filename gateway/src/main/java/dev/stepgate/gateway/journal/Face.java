package dev.stepgate.gateway.journal;

import java.util.Locale;

/** The door by which a call came in. The same call gives the same observation at each of them. */
public enum Face {
    /** MCP {@code tools/call}. */
    MCP,
    /** OpenEnv's JSON-RPC dialect on {@code /mcp}, by POST, by socket, or inside {@code /ws}. */
    JSONRPC,
    /** A {@code step} frame on {@code /ws}. */
    WS,
    /** {@code POST /step}. */
    HTTP;

    private final String wireName = name().toLowerCase(Locale.ROOT);

    public String wireName() {
        return wireName;
    }
}
