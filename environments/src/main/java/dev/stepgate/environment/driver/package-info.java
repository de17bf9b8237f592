/**
 * Sandbox drivers.
 *
 * <p>Entry types: {@link dev.stepgate.environment.driver.BubblewrapDriver} and
 * {@link dev.stepgate.environment.driver.ProcessDriver}. Invariants: no variable of the gateway's environment and no
 * descriptor of its own reaches a sandbox; nothing from a manifest is ever part of a shell text; a sandbox that is closed
 * leaves no process.
 */
@NullMarked
package dev.stepgate.environment.driver;

import org.jspecify.annotations.NullMarked;
