package dev.stepgate.environment.driver;

import static dev.stepgate.environment.driver.BpfProgram.ALLOW;
import static dev.stepgate.environment.driver.BpfProgram.EPERM;
import static dev.stepgate.environment.driver.BpfProgram.NOTHING_DONE;
import static dev.stepgate.environment.driver.BpfProgram.OFFSET_NUMBER;

import java.util.List;
import java.util.Optional;

/**
 * A second filter, behind {@link SeccompFilter}, for a sandbox that has no namespaces: it closes what Landlock leaves open
 * where the network, the process ids and perhaps the user are the machine's own.
 *
 * <ul>
 *   <li>No sockets at all. Landlock knows no UDP, and connects to any socket file of the machine. Pairs that are only
 *       connected to each other stay, because runtimes talk to their children by them.
 *   <li>No shared memory, semaphores and queues outside files, and nobody is told of changes in folders.
 *   <li>No priorities and limits of other processes, which a user may set for all its own.
 *   <li>No session of its own: the session is the one mark that every process of a sandbox bears for good, and by which all
 *       are found and ended. It is not done, and the caller goes on: one that is told of a failure would give up.
 *   <li>Where the user is the gateway's: no rights, owners, attributes and times of files by their path, nor rights by a
 *       descriptor, which Landlock does not keep to the workspace.
 * </ul>
 */
final class SharedHostFilter {
    private static final int UNIX = 1;
    private static final int STREAM = 1;
    private static final int SEQUENCED = 5;
    private static final int KIND = 0xf;

    private final BpfProgram program = new BpfProgram();

    private SharedHostFilter() {}

    /**
     * What differs between architectures.
     *
     * @param foreign calls whose first argument is a process
     * @param priorities {@code setpriority}, {@code ioprio_set}
     * @param files calls that Landlock does not keep to the workspace
     */
    private record Architecture(
            int setsid,
            int socketpair,
            int utimensat,
            List<Integer> denied,
            List<Integer> foreign,
            List<Integer> priorities,
            List<Integer> files) {}

    /**
     * In order. Denied: socket connect bind · shmget shmat shmctl · semget semop semctl semtimedop · msgget msgsnd msgrcv msgctl
     * · mq_open mq_unlink · inotify_add_watch fanotify_init. Foreign: prlimit64 sched_setaffinity sched_setscheduler
     * sched_setparam sched_setattr. Files: fchmodat fchmodat2 fchmod · fchownat fchown · setxattr lsetxattr fsetxattr
     * setxattrat · removexattr lremovexattr fremovexattr removexattrat, and on x86_64 chmod chown lchown utime utimes futimesat.
     */
    private static final Architecture X86_64 = new Architecture(
            112,
            53,
            280,
            List.of(41, 42, 49, 29, 30, 31, 64, 65, 66, 220, 68, 69, 70, 71, 240, 241, 254, 300),
            List.of(302, 203, 144, 142, 314),
            List.of(141, 251),
            List.of(268, 452, 91, 260, 93, 188, 189, 190, 463, 197, 198, 199, 466, 90, 92, 94, 132, 235, 261));

    private static final Architecture AARCH64 = new Architecture(
            157,
            199,
            88,
            List.of(198, 203, 200, 194, 196, 195, 190, 193, 191, 192, 186, 189, 188, 187, 180, 181, 27, 262),
            List.of(261, 122, 119, 118, 274),
            List.of(140, 30),
            List.of(53, 452, 52, 54, 55, 5, 6, 7, 463, 14, 15, 16, 466));

    /**
     * The program for a machine as {@code os.arch} names it, or empty where this filter knows no numbers for it.
     *
     * @param ownUser whether the sandbox has a user of its own
     */
    static Optional<byte[]> forMachine(String architecture, boolean ownUser) {
        return switch (architecture) {
            case "amd64", "x86_64" -> Optional.of(new SharedHostFilter().build(X86_64, ownUser));
            case "aarch64" -> Optional.of(new SharedHostFilter().build(AARCH64, ownUser));
            default -> Optional.empty();
        };
    }

    private byte[] build(Architecture machine, boolean ownUser) {
        program.load(OFFSET_NUMBER);
        program.equal(machine.setsid(), 0, 1).answer(NOTHING_DONE);
        deny(machine.denied());
        if (!ownUser) {
            deny(machine.files());
            // Without a path it means an open file, which Landlock has let it open.
            program.equal(machine.utimensat(), 0, 6)
                    .load(BpfProgram.argument(1))
                    .equal(0, 0, 2)
                    .load(BpfProgram.argument(1) + 4)
                    .equal(0, 1, 0)
                    .answer(EPERM)
                    .answer(ALLOW);
        }
        program.equal(machine.socketpair(), 0, 7)
                .load(BpfProgram.argument(0))
                .equal(UNIX, 0, 4)
                .load(BpfProgram.argument(1))
                .and(KIND)
                .equal(STREAM, 2, 0)
                .equal(SEQUENCED, 1, 0)
                .answer(EPERM);
        // What falls through here was allowed or is another call: the number is loaded again.
        program.load(OFFSET_NUMBER);
        for (int number : machine.foreign()) {
            program.equal(number, 0, 4)
                    .load(BpfProgram.argument(0))
                    .equal(0, 0, 1)
                    .answer(ALLOW)
                    .answer(EPERM);
        }
        // The kind `one process` is 0 for setpriority and 1 for ioprio_set.
        for (int kind = 0; kind < machine.priorities().size(); kind++) {
            program.equal(machine.priorities().get(kind), 0, 6)
                    .load(BpfProgram.argument(0))
                    .equal(kind, 0, 3)
                    .load(BpfProgram.argument(1))
                    .equal(0, 0, 1)
                    .answer(ALLOW)
                    .answer(EPERM);
        }
        return program.answer(ALLOW).bytes();
    }

    private void deny(List<Integer> numbers) {
        for (int number : numbers) {
            program.equal(number, 0, 1).answer(EPERM);
        }
    }
}
