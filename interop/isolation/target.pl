# What the escape suite plants: an ordinary process of this machine that can be spoken to in every way, and notes when it was.
# Arguments: a folder and a secret. In the folder it leaves `ready` and, line by line, `reached`.
use strict; use warnings; use Socket; use IO::Select;
my ($folder, $secret) = @ARGV;
umask 0;
my %kind;
sub plant { my ($kind, $socket, $address, $listens) = @_; bind($socket, $address) or die "$kind: $!"; listen($socket, 8) if $listens; $kind{$socket} = [$kind, $socket, $listens]; $socket }
sub opened { my ($family, $type) = @_; socket(my $s, $family, $type, 0) or die "socket: $!"; $s }
my $tcp = plant('tcp', opened(PF_INET, SOCK_STREAM), pack_sockaddr_in(0, INADDR_LOOPBACK), 1);
my ($port) = unpack_sockaddr_in(getsockname($tcp));
eval { plant('tcp6', opened(PF_INET6, SOCK_STREAM), pack_sockaddr_in6($port, Socket::inet_pton(PF_INET6, '::1')), 1) };
plant('udp', opened(PF_INET, SOCK_DGRAM), pack_sockaddr_in($port, INADDR_LOOPBACK), 0);
plant('stream', opened(PF_UNIX, SOCK_STREAM), pack_sockaddr_un("$folder/stream"), 1);
plant('datagram', opened(PF_UNIX, SOCK_DGRAM), pack_sockaddr_un("$folder/datagram"), 0);
plant('abstract', opened(PF_UNIX, SOCK_STREAM), pack('Sa*', PF_UNIX, "\0planted-$port"), 1);
my $shared = shmget($port, 64, 01666) // die "shmget: $!";
shmwrite($shared, $secret, 0, length $secret);
my $removed = sub { shmctl($shared, 0, 0); exit };
$SIG{$_} = $removed for qw(TERM INT);
open(my $ready, '>', "$folder/ready.new"); print $ready "$port $$\n"; close $ready; rename "$folder/ready.new", "$folder/ready";
my $select = IO::Select->new(map { $_->[1] } values %kind);
while (1) {
  for my $socket ($select->can_read) {
    my ($kind, undef, $listens) = @{$kind{$socket}};
    if ($listens) { accept(my $client, $socket); close $client } else { recv($socket, my $bytes, 100, 0) }
    open(my $log, '>>', "$folder/reached"); print $log "$kind\n"; close $log;
  }
}
