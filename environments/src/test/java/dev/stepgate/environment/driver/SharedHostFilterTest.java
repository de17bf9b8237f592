package dev.stepgate.environment.driver;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Runs the program as the kernel would, with numbers taken from the kernel's own tables. */
class SharedHostFilterTest {

    /** Call, its number on x86_64 and on aarch64, its first two arguments, what comes of it with a user of its own and without. */
    private static final String CALLS = """
            read           0 63 0 0 allowed allowed
            openat       257 56 0 0 allowed allowed
            execve        59 221 0 0 allowed allowed
            kill          62 129 1 9 allowed allowed
            setsid       112 157 0 0 nothing nothing
            setpgid      109 154 0 0 allowed allowed
            socket_unix   41 198 1 1 EPERM EPERM
            socket_inet   41 198 2 1 EPERM EPERM
            connect       42 203 5 0 EPERM EPERM
            bind          49 200 5 0 EPERM EPERM
            pair_stream   53 199 1 1 allowed allowed
            pair_cloexec  53 199 1 0x80001 allowed allowed
            pair_seq      53 199 1 0x80805 allowed allowed
            pair_datagram 53 199 1 2 EPERM EPERM
            pair_raw      53 199 1 0x80003 EPERM EPERM
            pair_tipc     53 199 30 1 EPERM EPERM
            shmget        29 194 1 0 EPERM EPERM
            shmat         30 196 1 0 EPERM EPERM
            semget        64 190 1 0 EPERM EPERM
            semop         65 193 1 0 EPERM EPERM
            msgget        68 186 1 0 EPERM EPERM
            msgrcv        70 188 1 0 EPERM EPERM
            mq_open      240 180 1 0 EPERM EPERM
            inotify_add  254 27 3 1 EPERM EPERM
            fanotify     300 262 0 0 EPERM EPERM
            prlimit_own  302 261 0 7 allowed allowed
            prlimit      302 261 77 7 EPERM EPERM
            affinity_own 203 122 0 8 allowed allowed
            affinity     203 122 77 8 EPERM EPERM
            scheduler    144 119 77 0 EPERM EPERM
            sched_attr   314 274 77 0 EPERM EPERM
            priority_own 141 140 0 0 allowed allowed
            priority     141 140 0 77 EPERM EPERM
            priority_all 141 140 2 0 EPERM EPERM
            ioprio_own   251 30 1 0 allowed allowed
            ioprio       251 30 1 77 EPERM EPERM
            ioprio_all   251 30 3 0 EPERM EPERM
            fchmodat     268 53 0 0 allowed EPERM
            fchmodat2    452 452 0 0 allowed EPERM
            fchmod        91 52 3 0 allowed EPERM
            fchownat     260 54 0 0 allowed EPERM
            fchown        93 55 3 0 allowed EPERM
            setxattr     188 5 1 0 allowed EPERM
            fremovexattr 199 16 3 0 allowed EPERM
            utime_path   280 88 -100 0x7f0000000000 allowed EPERM
            utime_open   280 88 3 0 allowed allowed
            """;

    @ParameterizedTest(name = "{0} on {1}, user of its own: {2}")
    @MethodSource("calls")
    void answersEachCall(
            String call, String machine, boolean ownUser, int number, long first, long second, String expected) {
        byte[] filter = SharedHostFilter.forMachine(machine, ownUser).orElseThrow();
        assertThat(FakeKernel.outcome(filter, 0, number, first, second)).isEqualTo(expected);
    }

    static Stream<Arguments> calls() {
        return CALLS.lines()
                .map(line -> line.strip().split(" +"))
                .flatMap(call -> Stream.of("amd64", "aarch64")
                        .flatMap(machine -> Stream.of(true, false)
                                .map(own -> Arguments.of(
                                        call[0],
                                        machine,
                                        own,
                                        Integer.parseInt(call[machine.equals("amd64") ? 1 : 2]),
                                        Long.decode(call[3]),
                                        Long.decode(call[4]),
                                        call[own ? 5 : 6]))));
    }

    @Test
    void changesFilesByNoOldCallOfX86WhereTheUserIsShared() {
        byte[] filter = SharedHostFilter.forMachine("amd64", false).orElseThrow();
        assertThat(List.of(90, 92, 94, 132, 235, 261))
                .allMatch(number -> FakeKernel.outcome(filter, 0, number, 0, 0).equals("EPERM"));
    }

    @Test
    void endsInOneOfItsAnswersForEveryNumberAndArgument() {
        for (String machine : List.of("amd64", "aarch64")) {
            for (boolean own : new boolean[] {true, false}) {
                byte[] filter = SharedHostFilter.forMachine(machine, own).orElseThrow();
                for (int number = -1; number < 1_024; number++) {
                    for (long argument : new long[] {0, 1, 5, 0x5412, -1}) {
                        assertThat(FakeKernel.outcome(filter, 0, number, argument, argument))
                                .isIn("allowed", "EPERM", "nothing");
                    }
                }
            }
        }
        assertThat(SharedHostFilter.forMachine("riscv64", true)).isEmpty();
    }
}
