package dev.stepgate.environment.driver;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Runs classic BPF as {@code linux/filter.h} defines it, over {@code struct seccomp_data}. */
final class FakeKernel {
    private FakeKernel() {}

    static String outcome(byte[] filter, int audit, int number, long first, long second) {
        ByteBuffer data = ByteBuffer.allocate(64).order(ByteOrder.LITTLE_ENDIAN);
        data.putInt(0, number).putInt(4, audit).putLong(16, first).putLong(24, second);
        ByteBuffer program = ByteBuffer.wrap(filter).order(ByteOrder.LITTLE_ENDIAN);
        int accumulator = 0;
        for (int at = 0; at < program.capacity(); at += 8) {
            int value = program.getInt(at + 4);
            boolean taken;
            switch (program.getShort(at)) {
                case 0x20 -> {
                    accumulator = data.getInt(value);
                    continue;
                }
                case 0x54 -> {
                    accumulator &= value;
                    continue;
                }
                case 0x06 -> {
                    return answer(value);
                }
                case 0x15 -> taken = accumulator == value;
                case 0x35 -> taken = Integer.compareUnsigned(accumulator, value) >= 0;
                case 0x45 -> taken = (accumulator & value) != 0;
                default -> throw new AssertionError("no instruction of ours at " + at / 8);
            }
            at += 8 * Byte.toUnsignedInt(program.get(at + (taken ? 2 : 3)));
        }
        throw new AssertionError("ran past the end");
    }

    private static String answer(int value) {
        return switch (value) {
            case 0x7fff_0000 -> "allowed";
            case 0x0005_0000 -> "nothing";
            case 0x0005_0001 -> "EPERM";
            case 0x0005_0026 -> "ENOSYS";
            case 0x8000_0000 -> "killed";
            default -> Integer.toHexString(value);
        };
    }
}
