/**
 * The program that fences itself in before it becomes a sandboxed one. Runs in a JVM of its own, whose class path has these
 * classes only: they use nothing but the JDK.
 *
 * <p>Entry type: {@link dev.stepgate.environment.driver.jail.JailSpec}, which the driver writes and the jailer reads.
 * Invariant: a step that fails ends it before the program has run.
 */
@NullMarked
package dev.stepgate.environment.driver.jail;

import org.jspecify.annotations.NullMarked;
