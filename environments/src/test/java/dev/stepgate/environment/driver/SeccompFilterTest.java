package dev.stepgate.environment.driver;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Runs the program as the kernel would, with numbers taken from the kernel's own tables. */
class SeccompFilterTest {
    private static final String ALLOWED = "allowed";
    private static final String EPERM = "EPERM";
    private static final String ENOSYS = "ENOSYS";
    private static final String KILLED = "killed";

    private static final int X86_64 = 0xc000_003e;
    private static final int I386 = 0x4000_0003;
    private static final int AARCH64 = 0xc000_00b7;
    private static final int ARM = 0x4000_0028;
    private static final Map<String, Integer> AUDIT = Map.of("amd64", X86_64, "aarch64", AARCH64);

    /** Call, its number on x86_64, its number on aarch64, its first two arguments, what comes of it. */
    private static final String CALLS = """
            read            0 63 0 0 allowed
            write           1 64 0 0 allowed
            openat        257 56 0 0 allowed
            close           3 57 0 0 allowed
            mmap            9 222 0 0 allowed
            execve         59 221 0 0 allowed
            exit_group    231 94 0 0 allowed
            futex         202 98 0 0 allowed
            getrandom     318 278 0 0 allowed
            socketpair     53 199 1 1 allowed
            seccomp       317 277 1 0 allowed
            clone          56 220 0 0 allowed
            clone_thread   56 220 0x3d0f00 0 allowed
            clone_fork     56 220 0x1200011 0 allowed
            clone_newns    56 220 0x20000 0 EPERM
            clone_newcgrp  56 220 0x2000000 0 EPERM
            clone_newuts   56 220 0x4000000 0 EPERM
            clone_newipc   56 220 0x8000000 0 EPERM
            clone_newuser  56 220 0x10000000 0 EPERM
            clone_newuser+ 56 220 0x10000011 0 EPERM
            clone_newpid   56 220 0x20000000 0 EPERM
            clone_newnet   56 220 0x40000000 0 EPERM
            clone3        435 435 0 0 ENOSYS
            socket_unix    41 198 1 1 allowed
            socket_inet    41 198 2 1 allowed
            socket_inet6   41 198 10 1 allowed
            socket_unspec  41 198 0 1 EPERM
            socket_netlink 41 198 16 3 EPERM
            socket_packet  41 198 17 3 EPERM
            socket_alg     41 198 38 5 EPERM
            socket_vsock   41 198 40 1 EPERM
            socket_vsock+  41 198 0x100000028 1 EPERM
            ioctl_tcgets   16 29 0 0x5401 allowed
            ioctl_winsize  16 29 0 0x5413 allowed
            ioctl_tiocsti  16 29 0 0x5412 EPERM
            ioctl_tiocsti+ 16 29 0 0x700005412 EPERM
            ioctl_linux    16 29 0 0x541c EPERM
            ptrace        101 117 0 0 EPERM
            vm_readv      310 270 0 0 EPERM
            vm_writev     311 271 0 0 EPERM
            kcmp          312 272 0 0 EPERM
            pidfd_getfd   438 438 0 0 EPERM
            mount         165 40 0 0 EPERM
            umount2       166 39 0 0 EPERM
            pivot_root    155 41 0 0 EPERM
            chroot        161 51 0 0 EPERM
            open_tree     428 428 0 0 EPERM
            move_mount    429 429 0 0 EPERM
            fsopen        430 430 0 0 EPERM
            fsconfig      431 431 0 0 EPERM
            fsmount       432 432 0 0 EPERM
            fspick        433 433 0 0 EPERM
            mount_setattr 442 442 0 0 EPERM
            unshare       272 97 0 0 EPERM
            setns         308 268 0 0 EPERM
            add_key       248 217 0 0 EPERM
            request_key   249 218 0 0 EPERM
            keyctl        250 219 0 0 EPERM
            bpf           321 280 0 0 EPERM
            perf          298 241 0 0 EPERM
            userfaultfd   323 282 0 0 EPERM
            uring_setup   425 425 0 0 EPERM
            uring_enter   426 426 0 0 EPERM
            uring_reg     427 427 0 0 EPERM
            kexec_load    246 104 0 0 EPERM
            kexec_file    320 294 0 0 EPERM
            init_module   175 105 0 0 EPERM
            finit_module  313 273 0 0 EPERM
            delete_module 176 106 0 0 EPERM
            reboot        169 142 0 0 EPERM
            syslog        103 116 0 0 EPERM
            personality   135 92 0 0 EPERM
            open_handle   304 265 0 0 EPERM
            clock_settime 227 112 0 0 EPERM
            sethostname   170 161 0 0 EPERM
            memfd_secret  447 447 0 0 EPERM
            """;

    @ParameterizedTest(name = "{0} on {1}")
    @MethodSource("calls")
    void answersEachCall(String call, String machine, int number, long first, long second, String expected) {
        assertThat(outcome(machine, AUDIT.getOrDefault(machine, 0), number, first, second))
                .isEqualTo(expected);
    }

    static Stream<Arguments> calls() {
        return CALLS.lines()
                .map(line -> line.strip().split(" +"))
                .flatMap(call -> Stream.of("amd64", "aarch64")
                        .map(machine -> Arguments.of(
                                call[0],
                                machine,
                                Integer.parseInt(call[machine.equals("amd64") ? 1 : 2]),
                                Long.decode(call[3]),
                                Long.decode(call[4]),
                                call[5])));
    }

    @Test
    void knowsNoCallOfTheSecondConventionOfX86() {
        for (int number = 0; number < 1_024; number++) {
            assertThat(outcome("amd64", X86_64, 0x4000_0000 | number, 0, 0))
                    .as("x32 call %d", number)
                    .isEqualTo(ENOSYS);
        }
    }

    @Test
    void killsOnAForeignArchitectureWhateverTheCall() {
        for (int number = -1; number < 1_024; number++) {
            assertThat(outcome("amd64", I386, number, 0, 0)).isEqualTo(KILLED);
            assertThat(outcome("amd64", AARCH64, number, 0, 0)).isEqualTo(KILLED);
            assertThat(outcome("aarch64", ARM, number, 0, 0)).isEqualTo(KILLED);
            assertThat(outcome("aarch64", X86_64, number, 0, 0)).isEqualTo(KILLED);
        }
    }

    @Test
    void endsInOneOfItsAnswersForEveryNumberAndArgument() {
        AUDIT.forEach((machine, audit) -> {
            for (int number = -1; number < 1_024; number++) {
                for (long argument : new long[] {0, 1, 40, 0x5412, 0x1000_0000, -1}) {
                    assertThat(outcome(machine, audit, number, argument, argument))
                            .isIn(ALLOWED, EPERM, ENOSYS);
                }
            }
        });
    }

    @Test
    void isTheSameProgramUnderBothNamesOfAMachine() {
        assertThat(SeccompFilter.forMachine("x86_64").orElseThrow())
                .isEqualTo(SeccompFilter.forMachine("amd64").orElseThrow());
        assertThat(SeccompFilter.forMachine("riscv64")).isEmpty();
    }

    private static String outcome(String machine, int audit, int number, long first, long second) {
        return FakeKernel.outcome(SeccompFilter.forMachine(machine).orElseThrow(), audit, number, first, second);
    }
}
