package dev.stepgate.environment;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.ServerSocketChannel;
import java.util.Optional;
import java.util.concurrent.CompletionStage;

/** One running sandbox. Its streams are those of the program inside; each is for one thread at a time. */
public interface Sandbox extends AutoCloseable {

    InputStream stdout();

    OutputStream stdin();

    /** The last of what the program wrote to its standard error, at most 64 KiB. For operators, never for agents. */
    String stderrTail();

    /** How the gateway reaches the port of the spec; empty where it names none. What it leads to may not listen yet. */
    default Optional<Dial> dial() {
        return Optional.empty();
    }

    /** Where what the program sends out arrives; empty where the spec names no way out. Closed with the sandbox. */
    default Optional<ServerSocketChannel> wayOut() {
        return Optional.empty();
    }

    /**
     * Copies its workspace while it lives: files, folders and links as they are, sockets and devices left out. What may not be
     * read is left out too. Blocks.
     *
     * @param archive is given a tar archive; a failure of its own ends the copy
     * @throws IOException when there is nothing to read any more, or it cannot be read from here
     */
    void copyWorkspace(OutputStream archive) throws IOException;

    /** Completes with the exit status when the program has ended. */
    CompletionStage<Integer> exit();

    /**
     * Ends the program and everything it started. Idempotent; returns when the tree is gone, or after 5 s at the latest:
     * ask {@link #provedGone()} which.
     */
    @Override
    void close();

    /** Whether nothing of it lives any more, as far as this machine can tell. */
    boolean provedGone();
}
