package dev.stepgate.gateway.journal;

/** How much of arguments and observations the journal keeps. */
public enum Payloads {
    /** All of it. */
    FULL,
    /** Only a SHA-256 over the canonical JSON (RFC 8785). */
    DIGEST
}
