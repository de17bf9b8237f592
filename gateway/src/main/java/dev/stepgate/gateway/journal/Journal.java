package dev.stepgate.gateway.journal;

import java.io.IOException;

/** Where episodes are written down. Implementations are safe for use by many threads. */
public interface Journal {

    /**
     * The journal of one episode. Nothing is created before its first record.
     *
     * @param environment the environment's id, {@code [a-z0-9][a-z0-9_-]{0,62}}
     * @param key the gateway's own key for the episode, safe as a file name
     */
    EpisodeJournal episode(String environment, String key);

    /**
     * Reads an episode back as trajectory lines, in the order in which their outcomes were written.
     *
     * @param lines gets each line as UTF-8 JSON without its line break
     * @throws IOException when the file exists but cannot be read, or from {@code lines}
     */
    void readTrajectory(EpisodeJournal episode, LineConsumer<byte[]> lines) throws IOException;

    /** Takes lines one after the other; may block to slow the reading down, and fail to end it. */
    @FunctionalInterface
    interface LineConsumer<T> {
        void accept(T line) throws IOException;
    }
}
