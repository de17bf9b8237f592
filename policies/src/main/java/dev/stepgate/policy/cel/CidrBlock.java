package dev.stepgate.policy.cel;

import java.net.InetAddress;

/** Whether an address lies in a block, as in {@code 10.0.0.0/8}. Nothing is ever looked up. */
final class CidrBlock {
    private CidrBlock() {}

    static boolean has(String block, String address) {
        int slash = block.indexOf('/');
        if (slash < 0) {
            throw new IllegalArgumentException("a block is written 10.0.0.0/8");
        }
        byte[] network = literal(block.substring(0, slash));
        byte[] asked = literal(address);
        int bits = Integer.parseInt(block.substring(slash + 1));
        if (bits < 0 || bits > network.length * 8) {
            throw new IllegalArgumentException("a block has no such length");
        }
        if (network.length != asked.length) {
            return false;
        }
        for (int i = 0; i < bits; i++) {
            int mask = 0x80 >> (i % 8);
            if ((network[i / 8] & mask) != (asked[i / 8] & mask)) {
                return false;
            }
        }
        return true;
    }

    /** The Java platform reads {@code 10.1} and {@code 010.0.0.1} too; those are unclear. */
    private static byte[] literal(String text) {
        boolean dotted = text.matches("(\\d{1,3}\\.){3}\\d{1,3}") && !text.matches("(.*\\.)?0\\d+(\\..*)?");
        boolean colons = text.indexOf(':') >= 0 && text.matches("[0-9A-Fa-f:.]+");
        if (!dotted && !colons) {
            throw new IllegalArgumentException("no plain address");
        }
        return InetAddress.ofLiteral(text).getAddress();
    }
}
