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
 * @param port where the program will listen on loopback, to be reached by {@link Sandbox#dial()}; 0 where it does not
 */
public record SandboxSpec(
        Path command,
        List<String> args,
        Map<String, String> env,
        @Nullable Path packages,
        Isolation.Limits limits,
        int port) {
    public SandboxSpec {
        args = List.copyOf(args);
        env = Map.copyOf(env);
    }

    /** A program that is spoken with on its standard streams. */
    public SandboxSpec(
            Path command,
            List<String> args,
            Map<String, String> env,
            @Nullable Path packages,
            Isolation.Limits limits) {
        this(command, args, env, packages, limits, 0);
    }
}
