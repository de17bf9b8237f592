package dev.stepgate.gateway.episode;

/** What opened an episode, and so what ends it. */
public enum Origin {
    /** A socket on {@code /ws} or WS {@code /mcp}: ends with the socket. */
    SOCKET,
    /** {@code openenv/session/create}: ends by {@code openenv/session/close}, or idle. */
    OPENENV_SESSION,
    /** An MCP session's first call: ends with the session. */
    MCP_SESSION,
    /** The caller's own default episode: ends when idle, replaced at the next call. */
    DEFAULT,
    /** {@code POST /episodes}: ends by {@code DELETE}, by its time to live, or idle. */
    CREATED;

    /** Whether nobody can reset such an episode, so that the end of its run is its own end. */
    boolean endsWithItsRun() {
        return this == MCP_SESSION || this == DEFAULT;
    }
}
