package dev.stepgate.environment;

import java.nio.file.Path;

/** The way to a port inside a sandbox. */
public sealed interface Dial {

    /** The machine's own loopback, where every other program of the machine reaches the port too. */
    record Loopback(int port) implements Dial {}

    /** A socket file that only the gateway's own user can open; what it leads to has no other way in. */
    record SocketFile(Path path) implements Dial {}
}
