package dev.stepgate.environment.driver;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Optional;

/**
 * The system calls that a sandbox may make, as a classic BPF program for {@code seccomp(2)}: a list of 8-byte
 * {@code struct sock_filter}. Refused is what no tool server needs and what reaches deep into the kernel; everything else
 * is allowed. Source: {@code linux/bpf_common.h}, {@code linux/seccomp.h}, and the kernel's system call tables.
 */
final class SeccompFilter {
    private static final int LOAD = 0x20;
    private static final int JUMP_EQUAL = 0x15;
    private static final int JUMP_AT_LEAST = 0x35;
    private static final int JUMP_ANY_BIT = 0x45;
    private static final int RETURN = 0x06;

    private static final int ALLOW = 0x7fff_0000;
    private static final int KILL_PROCESS = 0x8000_0000;
    private static final int EPERM = 0x0005_0001;
    private static final int ENOSYS = 0x0005_0026;

    private static final int OFFSET_NUMBER = 0;
    private static final int OFFSET_ARCHITECTURE = 4;
    private static final int OFFSET_ARGUMENT_0 = 16;
    private static final int OFFSET_ARGUMENT_1 = 24;

    /** Every {@code CLONE_NEW*} flag of {@code clone(2)}. */
    private static final int NEW_NAMESPACE = 0x7e02_0000;

    private static final int[] ADMITTED_DOMAINS = {1, 2, 10};
    private static final int TIOCSTI = 0x5412;
    private static final int TIOCLINUX = 0x541c;

    private final ByteBuffer program = ByteBuffer.allocate(4_096).order(ByteOrder.LITTLE_ENDIAN);

    private SeccompFilter() {}

    /**
     * What differs between architectures.
     *
     * @param foreignNumbers the first system call number of another calling convention (x32), or 0
     * @param denied the numbers that get EPERM
     */
    private record Architecture(
            int audit, int foreignNumbers, int cloneOld, int cloneNew, int socket, int ioctl, List<Integer> denied) {}

    /** In order: ptrace process_vm_readv process_vm_writev kcmp pidfd_getfd · mounts · namespaces · keys · bpf
     * perf_event_open userfaultfd io_uring · kexec, modules, reboot, swap, acct, syslog, quota, ldt, io ports, personality
     * · file handles · memory placement · clocks · host names · memfd_secret. */
    private static final Architecture X86_64 = new Architecture(
            0xc000_003e,
            0x4000_0000,
            56,
            435,
            41,
            16,
            List.of(
                    101, 310, 311, 312, 438, 165, 166, 155, 161, 430, 431, 432, 433, 428, 429, 442, 272, 308, 250, 248,
                    249, 321, 298, 323, 425, 426, 427, 246, 320, 174, 175, 313, 176, 169, 167, 168, 163, 103, 179, 443,
                    154, 134, 172, 173, 135, 304, 303, 237, 279, 256, 164, 227, 305, 159, 170, 171, 447));

    private static final Architecture AARCH64 = new Architecture(
            0xc000_00b7,
            0,
            220,
            435,
            198,
            29,
            List.of(
                    117, 270, 271, 272, 438, 40, 39, 41, 51, 430, 431, 432, 433, 428, 429, 442, 97, 268, 219, 217, 218,
                    280, 241, 282, 425, 426, 427, 104, 294, 105, 273, 106, 142, 224, 225, 89, 116, 60, 443, 92, 265,
                    264, 235, 239, 238, 170, 112, 266, 171, 161, 162, 447));

    /** The program for a machine as {@code os.arch} names it, or empty where this filter knows no numbers for it. */
    static Optional<byte[]> forMachine(String architecture) {
        return switch (architecture) {
            case "amd64", "x86_64" -> Optional.of(new SeccompFilter().build(X86_64));
            case "aarch64" -> Optional.of(new SeccompFilter().build(AARCH64));
            default -> Optional.empty();
        };
    }

    private byte[] build(Architecture machine) {
        add(LOAD, OFFSET_ARCHITECTURE);
        jump(JUMP_EQUAL, machine.audit(), 1, 0);
        add(RETURN, KILL_PROCESS);
        add(LOAD, OFFSET_NUMBER);
        if (machine.foreignNumbers() != 0) {
            jump(JUMP_AT_LEAST, machine.foreignNumbers(), 0, 1);
            add(RETURN, ENOSYS);
        }
        // glibc then uses clone, whose flags can be looked at; EPERM here would break threads.
        jump(JUMP_EQUAL, machine.cloneNew(), 0, 1);
        add(RETURN, ENOSYS);
        for (int number : machine.denied()) {
            jump(JUMP_EQUAL, number, 0, 1);
            add(RETURN, EPERM);
        }
        jump(JUMP_EQUAL, machine.cloneOld(), 0, 4);
        add(LOAD, OFFSET_ARGUMENT_0);
        jump(JUMP_ANY_BIT, NEW_NAMESPACE, 0, 1);
        add(RETURN, EPERM);
        add(RETURN, ALLOW);
        admitSockets(machine);
        jump(JUMP_EQUAL, machine.ioctl(), 0, 5);
        add(LOAD, OFFSET_ARGUMENT_1);
        jump(JUMP_EQUAL, TIOCSTI, 1, 0);
        jump(JUMP_EQUAL, TIOCLINUX, 0, 1);
        add(RETURN, EPERM);
        add(RETURN, ALLOW);
        add(RETURN, ALLOW);
        byte[] bytes = new byte[program.position()];
        program.flip().get(bytes);
        return bytes;
    }

    /** Unix and Internet sockets only: VSOCK, NETLINK, PACKET and ALG lead around the network namespace or into it. */
    private void admitSockets(Architecture machine) {
        jump(JUMP_EQUAL, machine.socket(), 0, 2 + ADMITTED_DOMAINS.length * 2);
        add(LOAD, OFFSET_ARGUMENT_0);
        for (int domain : ADMITTED_DOMAINS) {
            jump(JUMP_EQUAL, domain, 0, 1);
            add(RETURN, ALLOW);
        }
        add(RETURN, EPERM);
    }

    private void add(int code, int value) {
        jump(code, value, 0, 0);
    }

    private void jump(int code, int value, int ifTrue, int ifFalse) {
        program.putShort((short) code).put((byte) ifTrue).put((byte) ifFalse).putInt(value);
    }
}
