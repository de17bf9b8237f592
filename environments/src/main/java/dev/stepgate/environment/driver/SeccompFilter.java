package dev.stepgate.environment.driver;

import static dev.stepgate.environment.driver.BpfProgram.ALLOW;
import static dev.stepgate.environment.driver.BpfProgram.ENOSYS;
import static dev.stepgate.environment.driver.BpfProgram.EPERM;
import static dev.stepgate.environment.driver.BpfProgram.KILL_PROCESS;
import static dev.stepgate.environment.driver.BpfProgram.OFFSET_ARCHITECTURE;
import static dev.stepgate.environment.driver.BpfProgram.OFFSET_NUMBER;

import java.util.List;
import java.util.Optional;

/**
 * The system calls that a sandbox may make, as a classic BPF program for {@code seccomp(2)}: a list of 8-byte
 * {@code struct sock_filter}. Refused is what no tool server needs and what reaches deep into the kernel; everything else
 * is allowed. Source: {@code linux/bpf_common.h}, {@code linux/seccomp.h}, and the kernel's system call tables.
 */
final class SeccompFilter {
    /** Every {@code CLONE_NEW*} flag of {@code clone(2)}. */
    private static final int NEW_NAMESPACE = 0x7e02_0000;

    private static final int[] ADMITTED_DOMAINS = {1, 2, 10};
    private static final int TIOCSTI = 0x5412;
    private static final int TIOCLINUX = 0x541c;

    private final BpfProgram program = new BpfProgram();

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
        program.load(OFFSET_ARCHITECTURE).equal(machine.audit(), 1, 0).answer(KILL_PROCESS);
        program.load(OFFSET_NUMBER);
        if (machine.foreignNumbers() != 0) {
            program.atLeast(machine.foreignNumbers(), 0, 1).answer(ENOSYS);
        }
        // glibc then uses clone, whose flags can be looked at; EPERM here would break threads.
        program.equal(machine.cloneNew(), 0, 1).answer(ENOSYS);
        for (int number : machine.denied()) {
            program.equal(number, 0, 1).answer(EPERM);
        }
        program.equal(machine.cloneOld(), 0, 4)
                .load(BpfProgram.argument(0))
                .anyBit(NEW_NAMESPACE, 0, 1)
                .answer(EPERM)
                .answer(ALLOW);
        admitSockets(machine);
        program.equal(machine.ioctl(), 0, 5)
                .load(BpfProgram.argument(1))
                .equal(TIOCSTI, 1, 0)
                .equal(TIOCLINUX, 0, 1)
                .answer(EPERM)
                .answer(ALLOW);
        return program.answer(ALLOW).bytes();
    }

    /** Unix and Internet sockets only: VSOCK, NETLINK, PACKET and ALG lead around the network namespace or into it. */
    private void admitSockets(Architecture machine) {
        program.equal(machine.socket(), 0, 2 + ADMITTED_DOMAINS.length * 2).load(BpfProgram.argument(0));
        for (int domain : ADMITTED_DOMAINS) {
            program.equal(domain, 0, 1).answer(ALLOW);
        }
        program.answer(EPERM);
    }
}
