package dev.stepgate.gateway.cli;

import picocli.CommandLine.Command;

/** Looks at journals without serving anything. */
@Command(
        name = "journal",
        description = "Look at a journal.",
        subcommands = {JournalVerifyCommand.class},
        mixinStandardHelpOptions = true)
final class JournalCommand {}
