package dev.stepgate.gateway.cli;

import picocli.CommandLine.Command;

/** Looks at policies without serving anything. */
@Command(
        name = "policy",
        description = "Check, test, explain and compare policies.",
        subcommands = {
            PolicyCheckCommand.class,
            PolicyTestCommand.class,
            PolicyExplainCommand.class,
            PolicyDiffCommand.class
        },
        mixinStandardHelpOptions = true)
final class PolicyCommand {}
