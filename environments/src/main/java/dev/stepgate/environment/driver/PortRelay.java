package dev.stepgate.environment.driver;

import java.nio.file.Path;
import java.util.List;

/**
 * Reaches a port inside a sandbox that has a network of its own. A launcher outside opens a socket file and hands the open
 * socket down on descriptor 7; inside, a relay keeps it, starts the program without it, and joins each connection to the
 * port. So the sandbox needs neither a mount for it, which could be filled, nor a network. In Perl, which the distributions
 * that have bwrap bring along.
 */
final class PortRelay {
    static final String PROGRAM = "perl";

    /** {@code $1} is the socket file; the rest is the command to become. */
    private static final String LISTEN = """
            use Socket; use POSIX ();
            my $file = shift;
            socket(my $s, PF_UNIX, SOCK_STREAM, 0) or die "socket: $!";
            bind($s, sockaddr_un($file)) or die "bind: $!";
            listen($s, 64) or die "listen: $!";
            POSIX::dup2(fileno($s), 7) or die "dup2: $!";
            exec @ARGV or die "exec: $!";
            """;

    /**
     * {@code $1} is the port; the rest is the program, whose end is the relay's. What the program prints goes to standard
     * error, which is always read. A connection has one process for each direction, so that none waits for the other; they
     * connect as well, because the first process is interrupted whenever a child ends, and an interrupted connect is lost. The
     * program may end before its end is listened for, so that is looked at once; and a signal that comes just before a wait
     * does not end it, so no wait is longer than a second.
     */
    private static final String RELAY = """
            use Socket; use POSIX ();
            my $port = shift;
            open(my $l, '+<&=', 7) or die "descriptor 7: $!";
            my $program = fork();
            die "fork: $!" unless defined $program;
            if (!$program) {
              POSIX::close(7);
              open(STDIN, '<', '/dev/null'); open(STDOUT, '>&', \\*STDERR);
              exec @ARGV or POSIX::_exit(127);
            }
            $SIG{CHLD} = sub {
              while ((my $ended = waitpid(-1, POSIX::WNOHANG)) > 0) {
                POSIX::_exit($? & 127 ? 128 + ($? & 127) : $? >> 8) if $ended == $program;
              }
            };
            $SIG{CHLD}->();
            my $listening = '';
            vec($listening, fileno($l), 1) = 1;
            while (1) {
              select(my $ready = $listening, undef, undef, 1) > 0 or next;
              accept(my $outside, $l) or next;
              my $child = fork();
              join_to_port($outside) if defined $child && !$child;
              close($outside);
            }
            sub join_to_port {
              my ($outside) = @_;
              $SIG{CHLD} = 'DEFAULT'; $SIG{PIPE} = 'IGNORE';
              POSIX::close(7);
              socket(my $inside, PF_INET, SOCK_STREAM, 0) or POSIX::_exit(1);
              connect($inside, sockaddr_in($port, INADDR_LOOPBACK)) or POSIX::_exit(1);
              setsockopt($inside, 6, 1, pack('i', 1));
              my $back = fork();
              POSIX::_exit(1) unless defined $back;
              $back ? pump($outside, $inside) : pump($inside, $outside);
            }
            sub pump {
              my ($from, $to) = @_;
              READ: while (my $n = sysread($from, my $bytes, 65536)) {
                for (my $at = 0; $at < $n;) {
                  my $written = syswrite($to, $bytes, $n - $at, $at);
                  last READ unless defined $written;
                  $at += $written;
                }
              }
              shutdown($to, 1);
              POSIX::_exit(0);
            }
            """;

    private PortRelay() {}

    /** What goes before a whole command, outside. */
    static List<String> listener(Path file) {
        return List.of(PROGRAM, "-e", LISTEN, file.toString());
    }

    /** What goes before the program, inside. */
    static List<String> relay(int port) {
        return List.of("/usr/bin/" + PROGRAM, "-e", RELAY, String.valueOf(port));
    }
}
