package dev.stepgate.gateway.journal;

import java.io.IOException;
import java.util.function.Consumer;

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
     * @param lines gets each line as UTF-8 JSON without its line break; may block to slow the reading down
     * @throws IOException when the file exists but cannot be read
     */
    void readTrajectory(EpisodeJournal episode, Consumer<byte[]> lines) throws IOException;
}
