package dev.stepgate.gateway.cli;

import io.quarkus.runtime.annotations.QuarkusMain;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The program. Only {@code serve} starts the server; every other command is done without it. */
@QuarkusMain
@Command(
        name = "stepgate",
        description = "The MCP tool gateway that puts agentic environments behind an isolation boundary.",
        subcommands = {
            ServeCommand.class,
            EnvCommand.class,
            PolicyCommand.class,
            JournalCommand.class,
            ReplayCommand.class,
            TokenCommand.class,
            ConnectCommand.class,
            DoctorCommand.class,
            CommandLine.HelpCommand.class
        },
        mixinStandardHelpOptions = true,
        version = "stepgate 0.1.0")
public final class Main {

    public static void main(String... args) {
        int status = commandLine().execute(args.length == 0 ? new String[] {"help"} : args);
        System.exit(status);
    }

    static CommandLine commandLine() {
        return new CommandLine(new Main()).setExecutionExceptionHandler((failure, command, parsed) -> {
            command.getErr().println("stepgate: " + failure.getMessage());
            return 1;
        });
    }
}
