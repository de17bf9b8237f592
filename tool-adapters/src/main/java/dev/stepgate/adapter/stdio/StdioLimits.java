package dev.stepgate.adapter.stdio;

/**
 * Bounds of one child process.
 *
 * @param maxLineBytes the longest message in either direction, in bytes; a longer one from the child ends the connection
 * @param maxPending calls that wait for an answer at once; further ones wait for a place within their deadline
 */
public record StdioLimits(int maxLineBytes, int maxPending) {
    /** 16 MiB, 64 calls. */
    public static final StdioLimits DEFAULT = new StdioLimits(16 << 20, 64);

    public StdioLimits {
        if (maxLineBytes < 1024 || maxPending < 1) {
            throw new IllegalArgumentException("limits of a child process out of range");
        }
    }
}
