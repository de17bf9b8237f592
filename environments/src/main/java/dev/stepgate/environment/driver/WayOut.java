package dev.stepgate.environment.driver;

import dev.stepgate.environment.SandboxSpec;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;

/**
 * The way out of a sandbox that has a network of its own: a socket file of the gateway's, mounted into it, and a relay inside
 * that joins each connection to a port of its loopback with the file, so that programs which know of proxies find one where
 * they look. The relay is no parent of the program, so whatever the program does with its children stays right, and it is one
 * process whatever the number of connections. In Perl, as {@link PortRelay} is.
 *
 * @param folder where its file lies, which no user but the sandbox's can open
 * @param channel where what is sent out arrives
 */
record WayOut(Path folder, ServerSocketChannel channel) {
    /** Where the file is mounted. */
    static final String INSIDE = "/run/way-out";

    private static final String FILE = "s";
    private static final int MOST = 64;

    /** {@code $1} is the port, {@code $2} the file, {@code $3} the most connections; the rest is the program to become. */
    private static final String RELAY = """
            use Socket; use POSIX (); use Fcntl;
            my ($port, $file, $most) = splice(@ARGV, 0, 3);
            socket(my $l, PF_INET, SOCK_STREAM, 0) or die "socket: $!";
            setsockopt($l, SOL_SOCKET, SO_REUSEADDR, 1);
            bind($l, sockaddr_in($port, INADDR_LOOPBACK)) or die "bind: $!"; listen($l, 64) or die "listen: $!";
            my $first = fork(); die "fork: $!" unless defined $first;
            if ($first) { waitpid($first, 0); close($l); exec @ARGV or POSIX::_exit(127); }
            my $relay = fork(); POSIX::_exit(1) unless defined $relay; POSIX::_exit(0) if $relay;
            POSIX::setsid(); $SIG{PIPE} = 'IGNORE';
            open(STDIN, '<', '/dev/null'); open(STDOUT, '>', '/dev/null'); open(STDERR, '>', '/dev/null');
            my %end;
            sub ready { my ($s) = @_; fcntl($s, F_SETFL, fcntl($s, F_GETFL, 0) | O_NONBLOCK); $s }
            sub drop { for my $fd (@_) { my $e = delete $end{$fd} or next; close($e->{s}); drop($e->{peer}); } }
            while (1) {
              my ($r, $w) = ('', '');
              vec($r, fileno($l), 1) = 1 if keys(%end) < 2 * $most;
              for my $fd (keys %end) {
                my ($e, $peer) = ($end{$fd}, $end{$end{$fd}{peer}});
                vec($r, $fd, 1) = 1 if !$e->{ended} && length($peer->{out}) < 65536;
                vec($w, $fd, 1) = 1 if length $e->{out};
              }
              next if select($r, $w, undef, undef) < 1;
              if (vec($r, fileno($l), 1) && accept(my $in, $l)) {
                my $out;
                if (socket($out, PF_UNIX, SOCK_STREAM, 0) && ready($out) && connect($out, sockaddr_un($file))) {
                  my ($i, $o) = (fileno(ready($in)), fileno($out));
                  setsockopt($in, 6, 1, pack('i', 1));
                  $end{$i} = {s => $in, peer => $o, out => ''}; $end{$o} = {s => $out, peer => $i, out => ''};
                }
              }
              for my $fd (keys %end) {
                my $e = $end{$fd} or next;
                my $peer = $end{$e->{peer}};
                if (vec($r, $fd, 1)) {
                  my $n = sysread($e->{s}, $peer->{out}, 65536, length $peer->{out});
                  if (!defined $n) { if (!$!{EAGAIN} && !$!{EINTR}) { drop($fd); next } }
                  elsif (!$n) { $e->{ended} = 1 }
                }
                if (vec($w, $fd, 1) && length $e->{out}) {
                  my $n = syswrite($e->{s}, $e->{out});
                  if (defined $n) { substr($e->{out}, 0, $n, '') }
                  elsif (!$!{EAGAIN} && !$!{EINTR}) { drop($fd); next }
                }
                for my $pair ([$e, $peer], [$peer, $e]) {
                  my ($from, $to) = @$pair;
                  if ($from->{ended} && !length($to->{out}) && !$to->{shut}) { shutdown($to->{s}, 1); $to->{shut} = 1 }
                }
                drop($fd) if $e->{shut} && $peer->{shut};
              }
            }
            """;

    /**
     * @param below the driver's own folder
     * @param user whose the file is to be, or -1 for the gateway's own
     */
    static WayOut open(Path below, int user) throws IOException {
        Path folder = Files.createTempDirectory(below, "out-");
        ServerSocketChannel channel = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        try {
            Path socket = folder.resolve(FILE);
            channel.bind(UnixDomainSocketAddress.of(socket), MOST);
            Files.setPosixFilePermissions(socket, PosixFilePermissions.fromString("rw-------"));
            if (user >= 0) {
                Files.setAttribute(socket, "unix:uid", user);
                // On the way for that user, whose name for it nobody else can guess.
                Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx--x--x"));
            }
            return new WayOut(folder, channel);
        } catch (IOException failed) {
            close(channel);
            FolderTrees.delete(folder);
            throw failed;
        }
    }

    /** What goes before the program, inside. */
    static List<String> relay() {
        return List.of(
                "/usr/bin/" + PortRelay.PROGRAM,
                "-e",
                RELAY,
                String.valueOf(SandboxSpec.WAY_OUT_PORT),
                INSIDE,
                String.valueOf(MOST));
    }

    Path socket() {
        return folder.resolve(FILE);
    }

    void close() {
        close(channel);
        FolderTrees.delete(folder);
    }

    static void close(ServerSocketChannel channel) {
        try {
            channel.close();
        } catch (IOException alreadyClosed) {
            // Nobody can come in any more.
        }
    }
}
