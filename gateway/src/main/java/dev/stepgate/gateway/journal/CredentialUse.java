package dev.stepgate.gateway.journal;

import org.jspecify.annotations.Nullable;

/**
 * A credential that a call carried, without its value.
 *
 * @param name the manifest's name for it
 * @param version of the value, or null where it has none
 * @param stale whether its store was silent when it should have been read again
 */
public record CredentialUse(String name, @Nullable Integer version, boolean stale) {}
