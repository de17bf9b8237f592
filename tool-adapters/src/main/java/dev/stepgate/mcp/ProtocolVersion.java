package dev.stepgate.mcp;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** The protocol revisions that are spoken here, oldest first. All of these open a session with {@code initialize}. */
public enum ProtocolVersion {
    V2025_03_26("2025-03-26"),
    V2025_06_18("2025-06-18"),
    V2025_11_25("2025-11-25");

    private final String wireName;

    ProtocolVersion(String wireName) {
        this.wireName = wireName;
    }

    public String wireName() {
        return wireName;
    }

    public static ProtocolVersion newest() {
        return V2025_11_25;
    }

    public static Optional<ProtocolVersion> named(String wireName) {
        return Arrays.stream(values()).filter(v -> v.wireName.equals(wireName)).findFirst();
    }

    public static List<String> wireNames() {
        return Arrays.stream(values()).map(ProtocolVersion::wireName).toList();
    }
}
