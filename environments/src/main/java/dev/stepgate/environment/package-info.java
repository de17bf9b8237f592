/**
 * Environments: what a manifest says, and where its tools run.
 *
 * <p>Entry types: {@link dev.stepgate.environment.EnvironmentCatalog} for manifests,
 * {@link dev.stepgate.environment.SandboxDriver} for sandboxes. Invariants: a driver claims only guarantees that it has
 * shown to hold on this machine; a sandbox that lacks a required guarantee is not started.
 */
@NullMarked
package dev.stepgate.environment;

import org.jspecify.annotations.NullMarked;
