package dev.stepgate.environment.egress;

import java.math.BigInteger;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.util.List;

/**
 * Which addresses lie out in the world. All others belong to this machine, to its network, to whoever runs it, or are another
 * address in disguise. Source: IANA's registries of special-purpose addresses, RFC 6890 and those that update it.
 */
final class PublicAddresses {
    private static final List<Range> NOT_PUBLIC_4 = ranges(
            "0.0.0.0/8",
            "10.0.0.0/8",
            "100.64.0.0/10",
            "127.0.0.0/8",
            "169.254.0.0/16",
            "172.16.0.0/12",
            "192.0.0.0/24",
            "192.0.2.0/24",
            "192.31.196.0/24",
            "192.52.193.0/24",
            "192.88.99.0/24",
            "192.168.0.0/16",
            "192.175.48.0/24",
            "198.18.0.0/15",
            "198.51.100.0/24",
            "203.0.113.0/24",
            "224.0.0.0/3",
            // A cloud's own service for its machines, at an address that is otherwise like any other.
            "168.63.129.16/32");

    /** What has been given out. Mapped and translated forms of the other family lie outside, or are named below. */
    private static final Range PUBLIC_6 = range("2000::/3");

    private static final List<Range> NOT_PUBLIC_6 =
            ranges("2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20");

    /** Loopback and private networks, to which a host that is named for development may lead. */
    private static final List<Range> NEAR =
            ranges("10.0.0.0/8", "127.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "::1/128", "fc00::/7");

    /** Where a cloud tells machines of theirs about themselves, inside a private network's range. */
    private static final Range CLOUD_6 = range("fd00:ec2::/32");

    private PublicAddresses() {}

    private record Range(int bits, BigInteger prefix, int length) {
        boolean holds(InetAddress address) {
            byte[] bytes = address.getAddress();
            return bytes.length * 8 == bits
                    && new BigInteger(1, bytes).shiftRight(bits - length).equals(prefix);
        }
    }

    private static List<Range> ranges(String... written) {
        return List.of(written).stream().map(PublicAddresses::range).toList();
    }

    private static Range range(String written) {
        int slash = written.indexOf('/');
        byte[] bytes = InetAddress.ofLiteral(written.substring(0, slash)).getAddress();
        int length = Integer.parseInt(written.substring(slash + 1));
        int bits = bytes.length * 8;
        return new Range(bits, new BigInteger(1, bytes).shiftRight(bits - length), length);
    }

    /** Whether an address is one of the world, and none of this machine's own. */
    static boolean contain(InetAddress address) {
        boolean given = address instanceof Inet4Address
                ? NOT_PUBLIC_4.stream().noneMatch(range -> range.holds(address))
                : PUBLIC_6.holds(address) && NOT_PUBLIC_6.stream().noneMatch(range -> range.holds(address));
        return given && !isOwn(address);
    }

    /** Whether an address is this machine's loopback or one of a private network. */
    static boolean isNear(InetAddress address) {
        return NEAR.stream().anyMatch(range -> range.holds(address)) && !CLOUD_6.holds(address);
    }

    private static boolean isOwn(InetAddress address) {
        try {
            return NetworkInterface.getByInetAddress(address) != null;
        } catch (SocketException unknown) {
            return true;
        }
    }
}
