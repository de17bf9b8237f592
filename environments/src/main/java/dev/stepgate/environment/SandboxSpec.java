package dev.stepgate.environment;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What is to run inside a sandbox.
 *
 * @param command an absolute path on this machine
 * @param args its arguments
 * @param env its own variables
 * @param packages a folder to mount read-only, or null
 */
public record SandboxSpec(
        Path command,
        List<String> args,
        Map<String, String> env,
        @Nullable Path packages,
        Isolation.Limits limits) {
    public SandboxSpec {
        args = List.copyOf(args);
        env = Map.copyOf(env);
    }
}
