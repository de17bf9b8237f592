package dev.stepgate.environment;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What is to run inside a sandbox.
 *
 * @param command an absolute path on this machine
 * @param args its arguments; {@value #WORKSPACE} in them stands for its workspace, {@value #CREDENTIALS} for the folder of its
 *     files
 * @param env its own variables, with the same words
 * @param packages a folder to mount read-only, or null
 * @param port where the program will listen on loopback, to be reached by {@link Sandbox#dial()}; 0 where it does not
 * @param files what the program finds under {@value #CREDENTIALS}, by name: readable for it alone, in memory, gone with it; at
 *     most {@value #MOST_FILES}
 * @param launcher what comes before the command and becomes it at last, from {@code /usr/bin}; usually nothing
 * @param wayOut whether its connections to {@value #WAY_OUT_PORT} on loopback come out at {@link Sandbox#wayOut()}
 */
public record SandboxSpec(
        Path command,
        List<String> args,
        Map<String, String> env,
        @Nullable Path packages,
        Isolation.Limits limits,
        int port,
        Map<String, String> files,
        List<String> launcher,
        boolean wayOut) {
    /** The word in arguments and variables that stands for the folder of its own, as the program sees it. */
    public static final String WORKSPACE = "{workspace}";

    /** The word for the folder of {@link #files()}, as the program sees it. */
    public static final String CREDENTIALS = "{credentials}";

    /** Files that a program may be given: a launcher passes each on as a descriptor of one digit. */
    public static final int MOST_FILES = 4;

    /** Where a program with a way out finds it. */
    public static final int WAY_OUT_PORT = 3_128;

    public SandboxSpec {
        args = List.copyOf(args);
        env = Map.copyOf(env);
        files = Map.copyOf(files);
        launcher = List.copyOf(launcher);
        if (files.size() > MOST_FILES) {
            throw new IllegalArgumentException("more than " + MOST_FILES + " files");
        }
    }

    /** A program without files of its own. */
    public SandboxSpec(
            Path command,
            List<String> args,
            Map<String, String> env,
            @Nullable Path packages,
            Isolation.Limits limits,
            int port) {
        this(command, args, env, packages, limits, port, Map.of());
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
            int port,
            Map<String, String> files) {
        this(command, args, env, packages, limits, port, files, List.of(), false);
    }

    /** The same with a way out. */
    public SandboxSpec withWayOut() {
        return withWayOut(Map.of());
    }

    /** The same with a way out, and the variables that say where it is. */
    public SandboxSpec withWayOut(Map<String, String> variables) {
        Map<String, String> all = new HashMap<>(env);
        all.putAll(variables);
        return new SandboxSpec(command, args, all, packages, limits, port, files, launcher, true);
    }

    /** The same with the folders' names where {@link #WORKSPACE} and {@link #CREDENTIALS} stand. */
    public SandboxSpec with(String workspace, String credentials) {
        return new SandboxSpec(
                command,
                args.stream().map(arg -> filled(arg, workspace, credentials)).toList(),
                env.entrySet().stream()
                        .collect(Collectors.toMap(
                                Map.Entry::getKey, entry -> filled(entry.getValue(), workspace, credentials))),
                packages,
                limits,
                port,
                files,
                launcher,
                wayOut);
    }

    /** The same, begun by a launcher. */
    public SandboxSpec launchedBy(List<String> words) {
        return new SandboxSpec(command, args, env, packages, limits, port, files, words, wayOut);
    }

    /** All that is executed: launcher, command and arguments. */
    public List<String> commandLine() {
        List<String> line = new ArrayList<>(launcher);
        line.add(command.toString());
        line.addAll(args);
        return line;
    }

    private static String filled(String text, String workspace, String credentials) {
        return text.replace(WORKSPACE, workspace).replace(CREDENTIALS, credentials);
    }

    /** Nothing of what may be secret. */
    @Override
    public String toString() {
        return "SandboxSpec[" + command + "]";
    }
}
