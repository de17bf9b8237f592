package dev.stepgate.environment.driver;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stepgate.environment.Dial;
import dev.stepgate.environment.Sandbox;
import dev.stepgate.environment.SandboxSpec;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;

/** What a driver does that reaches the port of a program inside. */
abstract class SandboxPortContract extends SandboxDriverContract {

    /** Sends back what it is sent, in upper case, to one client after the other; prints much beside it. */
    private static final String SERVER = """
            use Socket;
            socket(my $l, PF_INET, SOCK_STREAM, 0); setsockopt($l, SOL_SOCKET, SO_REUSEADDR, 1);
            bind($l, sockaddr_in($ARGV[0], INADDR_LOOPBACK)) or die "bind: $!"; listen($l, 8);
            $| = 1; print "x" x 200_000;
            while (accept(my $c, $l)) {
              while (sysread($c, my $b, 65536)) { syswrite($c, uc $b); }
              close($c);
            }
            """;

    @Test
    void reachesThePortOfAProgramThatPrintsMuch() throws Exception {
        int port = freePort();
        List<String> args = List.of("-e", SERVER, String.valueOf(port));
        try (Sandbox sandbox =
                driver.start(new SandboxSpec(Path.of("/usr/bin/perl"), args, Map.of(), null, LIMITS, port))) {
            for (int client = 0; client < 3; client++) {
                assertThat(upperCased(sandbox, "a".repeat(3_000_000))).isEqualTo("A".repeat(3_000_000));
            }
        }
    }

    @Test
    void losesNoneOfManyShortConnections() throws Exception {
        int port = freePort();
        List<String> args = List.of("-e", SERVER, String.valueOf(port));
        try (Sandbox sandbox =
                        driver.start(new SandboxSpec(Path.of("/usr/bin/perl"), args, Map.of(), null, LIMITS, port));
                ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
            dialled(sandbox).close();
            Callable<Integer> caller = () -> {
                int answered = 0;
                for (int call = 0; call < 250; call++) {
                    answered += isAnswered(sandbox) ? 1 : 0;
                }
                return answered;
            };
            for (Future<Integer> answered : callers.invokeAll(Collections.nCopies(4, caller))) {
                assertThat(answered.get()).isEqualTo(250);
            }
        }
    }

    /** More than once: a program that ends at once may end before anybody looks. */
    @RepeatedTest(10)
    void endsWithTheProgramThatListens() throws Exception {
        List<String> args = List.of("-c", "exit 7");
        try (Sandbox sandbox =
                driver.start(new SandboxSpec(Path.of("/bin/sh"), args, Map.of(), null, LIMITS, freePort()))) {
            assertThat(exitOf(sandbox)).isEqualTo(7);
        }
    }

    private static String upperCased(Sandbox sandbox, String text) throws Exception {
        try (SocketChannel channel = dialled(sandbox)) {
            Thread writer = Thread.ofVirtual().start(() -> write(channel, text));
            ByteBuffer heard = ByteBuffer.allocate(text.length());
            while (heard.hasRemaining() && channel.read(heard) >= 0) {
                // Until all has come back.
            }
            writer.join();
            return new String(heard.array(), 0, heard.position(), StandardCharsets.UTF_8);
        }
    }

    private static void write(SocketChannel channel, String text) {
        try {
            ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
        } catch (IOException closed) {
            throw new java.io.UncheckedIOException(closed);
        }
    }

    /** Until the program listens, a connection is refused or closed without a byte. */
    private static SocketChannel dialled(Sandbox sandbox) throws IOException {
        SocketAddress address = address(sandbox);
        long giveUp = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (true) {
            try {
                SocketChannel channel = SocketChannel.open(address);
                channel.write(ByteBuffer.wrap(new byte[] {'x'}));
                if (channel.read(ByteBuffer.allocate(1)) == 1) {
                    return channel;
                }
                channel.close();
            } catch (IOException notYet) {
                // Tried again below.
            }
            assertThat(System.nanoTime()).as("nobody listens").isLessThan(giveUp);
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
        }
    }

    private static boolean isAnswered(Sandbox sandbox) {
        try (SocketChannel channel = SocketChannel.open(address(sandbox))) {
            channel.write(ByteBuffer.wrap(new byte[] {'x'}));
            return channel.read(ByteBuffer.allocate(1)) == 1;
        } catch (IOException lost) {
            return false;
        }
    }

    private static SocketAddress address(Sandbox sandbox) {
        return switch (sandbox.dial().orElseThrow()) {
            case Dial.Loopback(int port) -> new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
            case Dial.SocketFile(Path path) -> UnixDomainSocketAddress.of(path);
        };
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }
}
