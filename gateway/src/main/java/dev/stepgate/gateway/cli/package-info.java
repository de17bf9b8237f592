/**
 * The command line: {@code stepgate serve} and what goes with it, one class for each command.
 *
 * <p>Entry type: {@link dev.stepgate.gateway.cli.Main}. Exit status 0, 1 for a finding, 2 for wrong usage.
 */
@NullMarked
package dev.stepgate.gateway.cli;

import org.jspecify.annotations.NullMarked;
