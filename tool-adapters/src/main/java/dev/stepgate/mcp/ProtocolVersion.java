package dev.stepgate.mcp;

import java.util.Arrays;
import java.util.Optional;

/**
 * The revisions of MCP that are spoken, oldest first. Revisions with sessions negotiate theirs in {@code initialize}, those
 * without name it in every request.
 */
public enum ProtocolVersion {
    V2025_03_26("2025-03-26"),
    V2025_06_18("2025-06-18"),
    V2025_11_25("2025-11-25"),

    /** Without sessions: every request says its revision and what its client can do. */
    V2026_07_28("2026-07-28");

    /** What we ask an upstream for, and answer a client with that asks for one we do not know. */
    public static final ProtocolVersion NEWEST_WITH_SESSIONS = V2025_11_25;

    /** What a request without the header {@code MCP-Protocol-Version} speaks, by the specification. */
    public static final ProtocolVersion WITHOUT_HEADER = V2025_03_26;

    /** What we speak without sessions. */
    public static final ProtocolVersion NEWEST = V2026_07_28;

    private final String wireName;

    ProtocolVersion(String wireName) {
        this.wireName = wireName;
    }

    public static Optional<ProtocolVersion> of(String wireName) {
        return Arrays.stream(values())
                .filter(version -> version.wireName.equals(wireName))
                .findFirst();
    }

    /** The name on the wire, for example {@code 2025-11-25}. */
    public String wireName() {
        return wireName;
    }

    /** A revision that {@code initialize} can agree on. */
    public static Optional<ProtocolVersion> withSessions(String wireName) {
        return of(wireName).filter(version -> !version.isStateless());
    }

    /** Whether every request stands for itself. */
    public boolean isStateless() {
        return compareTo(V2026_07_28) >= 0;
    }

    /** Whether requests after {@code initialize} carry the header {@code MCP-Protocol-Version}. */
    public boolean hasVersionHeader() {
        return compareTo(V2025_06_18) >= 0;
    }
}
