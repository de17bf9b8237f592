package dev.stepgate.gateway.cli;

import dev.stepgate.gateway.config.OpenDoors;
import io.quarkus.runtime.Quarkus;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Serves environments until it is told to stop. */
@Command(name = "serve", description = "Serve environments to agents and trainers.", mixinStandardHelpOptions = true)
final class ServeCommand implements Callable<Integer> {
    private static final Duration STOP_WITHIN = Duration.ofSeconds(30);

    @Option(names = "--host", description = "Address to listen on (default 127.0.0.1).")
    private @Nullable String host;

    @Option(names = "--port", description = "Port to listen on (default 8000).")
    private @Nullable Integer port;

    @Option(
            names = "--environments",
            description = "Folder of environments; may be repeated; replaces the bundled ones.")
    private @Nullable List<String> environments;

    @Option(names = "--policies", description = "Folder of policies; may be repeated; replaces the bundled ones.")
    private @Nullable List<String> policies;

    @Option(names = "--data", description = "Folder for journals (default .stepgate).")
    private @Nullable String data;

    @Option(names = "--mode", description = "training (default) or production.")
    private @Nullable String mode;

    @Option(names = "--env", description = "Serve only this environment; may be repeated.")
    private @Nullable List<String> env;

    @Option(names = "--default-env", description = "The environment that also answers at the root.")
    private @Nullable String defaultEnv;

    @Option(names = "--strict", description = "End with status 1 when a manifest or policy is bad.")
    private boolean strict;

    @Option(
            names = "--allow-anonymous",
            description = "Admit callers from other machines without proof (training only).")
    private boolean allowAnonymous;

    @Option(
            names = "--issuer",
            description = "URL of the issuer of access tokens; with one, nobody comes in without a token.")
    private @Nullable String issuer;

    @Option(
            names = "--development-tokens",
            description = "Take tokens made by `stepgate token` (training on this machine only).")
    private boolean developmentTokens;

    /** Hands the options on as settings, which Quarkus reads when it starts, and stays until the server has stopped. */
    @Override
    public Integer call() {
        set("stepgate.host", host);
        set("stepgate.port", port == null ? null : String.valueOf(port == 0 ? freePort() : port));
        set("stepgate.environments", environments == null ? null : String.join(",", environments));
        set("stepgate.policies", policies == null ? null : String.join(",", policies));
        set("stepgate.data", data);
        set("stepgate.mode", mode);
        set("stepgate.env", env == null ? null : String.join(",", env));
        set("stepgate.default-env", defaultEnv);
        set("stepgate.strict", strict ? "true" : null);
        set("stepgate.allow-anonymous", allowAnonymous ? "true" : null);
        set("stepgate.issuer.url", issuer);
        set("stepgate.development-tokens", developmentTokens ? "true" : null);
        int[] status = {0};
        CountDownLatch stopped = new CountDownLatch(1);
        Runtime.getRuntime().addShutdownHook(endWellOnSignals(stopped));
        Quarkus.run(ServedApplication.class, (code, failure) -> {
            status[0] = isWrongUsage(failure) ? CommandLine.ExitCode.USAGE : code;
            if (failure != null) {
                System.err.println("stepgate: cannot serve: " + rootCause(failure));
            }
        });
        stopped.countDown();
        return status[0];
    }

    /** Settings that the gateway refuses may have come as options, as variables, or both. */
    private static boolean isWrongUsage(@Nullable Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof OpenDoors) {
                return true;
            }
        }
        return false;
    }

    /** Chosen before the server starts, because every URL that is handed out names it. */
    private static int freePort() {
        try (ServerSocket probe = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return probe.getLocalPort();
        } catch (IOException none) {
            throw new UncheckedIOException("no free port", none);
        }
    }

    private static void set(String setting, @Nullable String value) {
        if (value != null) {
            System.setProperty(setting, value);
        }
    }

    private static String rootCause(Throwable failure) {
        Throwable cause = failure;
        while (cause.getCause() != null) {
            cause = cause.getCause();
        }
        return String.valueOf(cause.getMessage());
    }

    /**
     * A stop that was asked for is no failure: a signal that ends the server ends the program with status 0, where the
     * virtual machine would give 128 and the signal's number. If the server does not stop in time, that is what it gives.
     */
    private static Thread endWellOnSignals(CountDownLatch stopped) {
        return Thread.ofPlatform().name("end-well").unstarted(() -> {
            if (stopped.getCount() == 0) {
                return;
            }
            try {
                if (stopped.await(STOP_WITHIN.toMillis(), TimeUnit.MILLISECONDS)) {
                    Runtime.getRuntime().halt(0);
                }
            } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
            }
        });
    }
}
