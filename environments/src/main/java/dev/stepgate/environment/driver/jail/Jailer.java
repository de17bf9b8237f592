package dev.stepgate.environment.driver.jail;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Fences itself in and then becomes the program: user, limits, Landlock, system call filter, {@code execve}. A process of its
 * own, because a fence falls on every thread that a fenced thread starts, and in the gateway the JDK starts some that all
 * share. Whatever fails ends it with status 125 before the program has run. Source: {@code linux/landlock.h},
 * {@code landlock(7)}, {@code seccomp(2)}.
 */
final class Jailer {
    private static final int FAILED = 125;

    private static final long READ = 1L << 2 | 1L << 3;
    private static final long EXECUTE = 1L;
    private static final long WRITE_FILE = 1L << 1;
    private static final long READ_FILE = 1L << 2;
    private static final long TRUNCATE = 1L << 14;

    /** Everything but to make devices and to control them. */
    private static final long OWN = (1L << 15) - 1 & ~(1L << 6) & ~(1L << 11);

    /** What a rule on a file, and not a folder, may speak of. */
    private static final long OF_FILES = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE;

    private static final int FIRST_ABI_WITH_TRUNCATE = 3;
    private static final long RULESET_VERSION = 1;
    private static final long RULE_PATH_BENEATH = 1;
    private static final long AT_FDCWD = -100;
    private static final long O_PATH_CLOEXEC = 0x200000 | 0x80000;
    private static final long CLOSE_ON_EXEC = 4;

    private static final long PR_SET_PDEATHSIG = 1;
    private static final long PR_CAPBSET_DROP = 24;
    private static final long PR_SET_NO_NEW_PRIVS = 38;
    private static final long PR_CAP_AMBIENT = 47;
    private static final long PR_CAP_AMBIENT_CLEAR_ALL = 4;
    private static final long LAST_CAPABILITY = 63;
    private static final long CAPABILITIES_V3 = 0x2008_0522L;
    private static final long SECCOMP_SET_MODE_FILTER = 1;
    private static final long SIGKILL = 9;

    private final Kernel kernel;
    private final JailSpec spec;

    private Jailer(Kernel kernel, JailSpec spec) {
        this.kernel = kernel;
        this.spec = spec;
    }

    /** @param args the file of the spec, or nothing to print the Landlock version of this kernel */
    public static void main(String[] args) {
        try (Kernel kernel = new Kernel()) {
            if (args.length == 0) {
                rehearse(kernel);
                System.out.println(version(kernel));
                return;
            }
            new Jailer(kernel, JailSpec.decoded(Files.readAllBytes(Path.of(args[0])))).becomeTheProgram();
        } catch (JailFailed | IOException failed) {
            System.err.println("jailer: " + failed.getMessage());
            Runtime.getRuntime().halt(FAILED);
        }
    }

    /** Goes through the motions, for the JVM to remember them. */
    private static void rehearse(Kernel kernel) throws IOException {
        JailSpec nothing = new JailSpec(
                List.of("/"),
                List.of(),
                List.of(),
                "/",
                -1,
                List.of(new byte[8]),
                List.of(4L, 0L),
                List.of("/"),
                List.of(),
                0);
        Jailer jailer = new Jailer(kernel, JailSpec.decoded(nothing.encoded()));
        jailer.spec.filters().forEach(jailer::filter);
        kernel.texts(jailer.spec.command());
        if (version(kernel) >= FIRST_ABI_WITH_TRUNCATE) {
            jailer.ruleset(version(kernel));
        }
    }

    private void becomeTheProgram() {
        long abi = version(kernel);
        if (abi < FIRST_ABI_WITH_TRUNCATE) {
            throw new JailFailed("Landlock is missing or too old: version " + abi);
        }
        kernel.must(Kernel.Call.SETSID);
        // The rules are made of paths, so they are gathered while they can still be opened.
        long ruleset = ruleset(abi);
        kernel.must(Kernel.Call.CHDIR, kernel.text(spec.workingFolder()));
        kernel.must(Kernel.Call.UMASK, 0_077);
        kernel.must(Kernel.Call.CLOSE_RANGE, 3, 0xffff_ffffL, CLOSE_ON_EXEC);
        dropPrivileges();
        // Cleared by the change of user, so set after it; and the parent may have died before.
        kernel.must(Kernel.Call.PRCTL, PR_SET_PDEATHSIG, SIGKILL);
        if (kernel.must(Kernel.Call.GETPPID) != spec.parent()) {
            throw new JailFailed("the gateway has ended");
        }
        long command = kernel.text(spec.command().getFirst());
        long arguments = kernel.texts(spec.command());
        long variables = kernel.texts(spec.env());
        List<Long> filters = spec.filters().stream().map(this::filter).toList();
        limit();
        kernel.must(Kernel.Call.PRCTL, PR_SET_NO_NEW_PRIVS, 1);
        kernel.must(Kernel.Call.LANDLOCK_RESTRICT_SELF, ruleset, 0);
        filters.forEach(filter -> kernel.must(Kernel.Call.SECCOMP, SECCOMP_SET_MODE_FILTER, 0, filter));
        kernel.must(Kernel.Call.EXECVE, command, arguments, variables);
    }

    private static long version(Kernel kernel) {
        return Math.max(0, kernel.attempt(Kernel.Call.LANDLOCK_CREATE_RULESET, 0, 0, RULESET_VERSION));
    }

    private long ruleset(long abi) {
        long files = abi >= 5 ? (1L << 16) - 1 : (1L << 15) - 1;
        long tcp = abi >= 4 ? 3 : 0;
        long scoped = abi >= 6 ? 3 : 0;
        long size = abi >= 6 ? 24 : abi >= 4 ? 16 : 8;
        long ruleset = kernel.must(Kernel.Call.LANDLOCK_CREATE_RULESET, kernel.words(files, tcp, scoped), size, 0);
        spec.readable().forEach(path -> allow(ruleset, path, READ | EXECUTE));
        spec.devices().forEach(path -> allow(ruleset, path, READ_FILE | WRITE_FILE | TRUNCATE));
        spec.writable().forEach(path -> allow(ruleset, path, OWN));
        return ruleset;
    }

    private void allow(long ruleset, String path, long access) {
        if (!Files.exists(Path.of(path))) {
            return;
        }
        long file = kernel.must(Kernel.Call.OPENAT, AT_FDCWD, kernel.text(path), O_PATH_CLOEXEC, 0);
        long admitted = Files.isDirectory(Path.of(path)) ? access : access & OF_FILES;
        // A packed struct: a word and, right behind it, a half.
        ByteBuffer rule = ByteBuffer.allocate(12).order(ByteOrder.LITTLE_ENDIAN);
        rule.putLong(admitted).putInt((int) file);
        kernel.must(Kernel.Call.LANDLOCK_ADD_RULE, ruleset, RULE_PATH_BENEATH, kernel.bytes(rule.array()), 0);
        kernel.must(Kernel.Call.CLOSE, file);
    }

    /** Root becomes a user that owns nothing but its workspace; everybody gives up what capabilities they have. */
    private void dropPrivileges() {
        for (long capability = 0; capability <= LAST_CAPABILITY; capability++) {
            // Refused to those who could not use it anyway, and where the kernel knows no such capability.
            kernel.attempt(Kernel.Call.PRCTL, PR_CAPBSET_DROP, capability);
        }
        kernel.attempt(Kernel.Call.PRCTL, PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL);
        if (spec.uid() >= 0) {
            kernel.must(Kernel.Call.SETGROUPS, 0, 0);
            kernel.must(Kernel.Call.SETRESGID, spec.uid(), spec.uid(), spec.uid());
            kernel.must(Kernel.Call.SETRESUID, spec.uid(), spec.uid(), spec.uid());
        }
        kernel.must(Kernel.Call.CAPSET, kernel.words(CAPABILITIES_V3), kernel.words(0, 0, 0));
    }

    private void limit() {
        for (int i = 0; i < spec.rlimits().size(); i += 2) {
            long limit = spec.rlimits().get(i + 1);
            kernel.must(Kernel.Call.PRLIMIT, 0, spec.rlimits().get(i), kernel.words(limit, limit), 0);
        }
    }

    /** {@code struct sock_fprog}: the number of instructions, and where they are. */
    private long filter(byte[] program) {
        return kernel.words(program.length / 8, kernel.bytes(program));
    }
}
