package dev.stepgate.environment.driver;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A classic BPF program for {@code seccomp(2)}, instruction by instruction: 8-byte {@code struct sock_filter}, in little
 * endian. Source: {@code linux/bpf_common.h}, {@code linux/seccomp.h}.
 */
final class BpfProgram {
    static final int ALLOW = 0x7fff_0000;
    static final int KILL_PROCESS = 0x8000_0000;
    static final int EPERM = 0x0005_0001;
    static final int ENOSYS = 0x0005_0026;

    /** The call is not made, and its caller is told that it came to 0. */
    static final int NOTHING_DONE = 0x0005_0000;

    static final int OFFSET_NUMBER = 0;
    static final int OFFSET_ARCHITECTURE = 4;

    private static final int LOAD = 0x20;
    private static final int JUMP_EQUAL = 0x15;
    private static final int JUMP_AT_LEAST = 0x35;
    private static final int JUMP_ANY_BIT = 0x45;
    private static final int AND = 0x54;
    private static final int RETURN = 0x06;

    private final ByteBuffer program = ByteBuffer.allocate(8_192).order(ByteOrder.LITTLE_ENDIAN);

    /** Where the low half of an argument lies; the high one lies 4 behind it. */
    static int argument(int index) {
        return 16 + 8 * index;
    }

    BpfProgram load(int offset) {
        return add(LOAD, offset, 0, 0);
    }

    BpfProgram and(int mask) {
        return add(AND, mask, 0, 0);
    }

    BpfProgram answer(int answer) {
        return add(RETURN, answer, 0, 0);
    }

    /** Goes on so many instructions further, by whether what was loaded equals the value. */
    BpfProgram equal(int value, int ifTrue, int ifFalse) {
        return add(JUMP_EQUAL, value, ifTrue, ifFalse);
    }

    BpfProgram atLeast(int value, int ifTrue, int ifFalse) {
        return add(JUMP_AT_LEAST, value, ifTrue, ifFalse);
    }

    BpfProgram anyBit(int bits, int ifTrue, int ifFalse) {
        return add(JUMP_ANY_BIT, bits, ifTrue, ifFalse);
    }

    private BpfProgram add(int code, int value, int ifTrue, int ifFalse) {
        program.putShort((short) code).put((byte) ifTrue).put((byte) ifFalse).putInt(value);
        return this;
    }

    byte[] bytes() {
        byte[] bytes = new byte[program.position()];
        program.flip().get(bytes);
        return bytes;
    }
}
