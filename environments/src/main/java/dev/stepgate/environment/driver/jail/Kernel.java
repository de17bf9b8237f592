package dev.stepgate.environment.driver.jail;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Linux system calls by number, through the C library's {@code syscall(2)}. One foreign function and one signature, because
 * the time that a jailer takes to start is mostly the linking of these. For one thread.
 */
final class Kernel implements AutoCloseable {
    private static final String ERRNO = "errno";
    private static final StructLayout CAPTURED = Linker.Option.captureStateLayout();
    private static final VarHandle ERRNO_OF = CAPTURED.varHandle(MemoryLayout.PathElement.groupElement(ERRNO));

    private final Arena arena = Arena.ofConfined();
    private final MemorySegment captured = arena.allocate(CAPTURED);
    private final MethodHandle syscall;
    private final boolean x86;

    /** The JVM is told on its command line that this class may do so. */
    @SuppressWarnings("restricted")
    Kernel() {
        Linker linker = Linker.nativeLinker();
        ValueLayout.OfLong word = ValueLayout.JAVA_LONG;
        FunctionDescriptor signature = FunctionDescriptor.of(word, word, word, word, word, word, word);
        MemorySegment function = linker.defaultLookup().findOrThrow("syscall");
        syscall = linker.downcallHandle(
                function, signature, Linker.Option.firstVariadicArg(1), Linker.Option.captureCallState(ERRNO));
        x86 = "amd64".equals(System.getProperty("os.arch"));
    }

    /** A call by its two numbers, for the kernels' tables differ. */
    enum Call {
        EXECVE(59, 221),
        SETSID(112, 157),
        PRCTL(157, 167),
        CAPSET(126, 91),
        SETGROUPS(116, 159),
        SETRESGID(119, 149),
        SETRESUID(117, 147),
        PRLIMIT(302, 261),
        OPENAT(257, 56),
        CLOSE(3, 57),
        CLOSE_RANGE(436, 436),
        CHDIR(80, 49),
        UMASK(95, 166),
        GETPPID(110, 173),
        SECCOMP(317, 277),
        LANDLOCK_CREATE_RULESET(444, 444),
        LANDLOCK_ADD_RULE(445, 445),
        LANDLOCK_RESTRICT_SELF(446, 446);

        private final int onX86;
        private final int onArm;

        Call(int onX86, int onArm) {
            this.onX86 = onX86;
            this.onArm = onArm;
        }
    }

    /**
     * Makes a call that must not fail.
     *
     * @throws JailFailed when it does
     */
    long must(Call call, long... arguments) {
        long result = attempt(call, arguments);
        if (result < 0) {
            throw new JailFailed(call.name().toLowerCase(java.util.Locale.ROOT) + " fails with error " + -result);
        }
        return result;
    }

    /** Makes a call; a negative result is the error's number. */
    long attempt(Call call, long... arguments) {
        long[] five = java.util.Arrays.copyOf(arguments, 5);
        try {
            long result = (long) syscall.invokeExact(
                    captured, (long) (x86 ? call.onX86 : call.onArm), five[0], five[1], five[2], five[3], five[4]);
            return result == -1 ? -(int) ERRNO_OF.get(captured, 0L) : result;
        } catch (RuntimeException | Error bug) {
            throw bug;
        } catch (Throwable impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    long text(String text) {
        return arena.allocateFrom(text, StandardCharsets.UTF_8).address();
    }

    long bytes(byte[] bytes) {
        return arena.allocateFrom(ValueLayout.JAVA_BYTE, bytes).address();
    }

    /** Words one after the other, as a struct of 64-bit fields or an array of pointers. */
    long words(long... words) {
        return arena.allocateFrom(ValueLayout.JAVA_LONG, words).address();
    }

    /** What {@code execve(2)} takes: pointers to texts, and a null. */
    long texts(List<String> texts) {
        long[] pointers = new long[texts.size() + 1];
        for (int i = 0; i < texts.size(); i++) {
            pointers[i] = text(texts.get(i));
        }
        return words(pointers);
    }

    @Override
    public void close() {
        arena.close();
    }
}
