package dev.stepgate.environment;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What is to run inside a sandbox.
 *
 * @param command an absolute path on this machine
 * @param args its arguments; {@value #WORKSPACE} in them stands for its workspace
 * @param env its own variables, with the same word
 * @param packages a folder to mount read-only, or null
 * @param port where the program will listen on loopback, to be reached by {@link Sandbox#dial()}; 0 where it does not
 * @param wayOut whether its connections to {@value #WAY_OUT_PORT} on loopback come out at {@link Sandbox#wayOut()}
 */
public record SandboxSpec(
        Path command,
        List<String> args,
        Map<String, String> env,
        @Nullable Path packages,
        Isolation.Limits limits,
        int port,
        boolean wayOut) {
    /** The word in arguments and variables that stands for the folder of its own, as the program sees it. */
    public static final String WORKSPACE = "{workspace}";

    /** Where a program with a way out finds it. */
    public static final int WAY_OUT_PORT = 3_128;

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

    /** A program without a way out. */
    public SandboxSpec(
            Path command,
            List<String> args,
            Map<String, String> env,
            @Nullable Path packages,
            Isolation.Limits limits,
            int port) {
        this(command, args, env, packages, limits, port, false);
    }

    /** The same with a way out. */
    public SandboxSpec withWayOut() {
        return new SandboxSpec(command, args, env, packages, limits, port, true);
    }

    /** The same with the folder's name where {@link #WORKSPACE} stands. */
    public SandboxSpec with(String workspace) {
        return new SandboxSpec(
                command,
                args.stream().map(arg -> arg.replace(WORKSPACE, workspace)).toList(),
                env.entrySet().stream()
                        .collect(Collectors.toMap(
                                Map.Entry::getKey, entry -> entry.getValue().replace(WORKSPACE, workspace))),
                packages,
                limits,
                port,
                wayOut);
    }
}
