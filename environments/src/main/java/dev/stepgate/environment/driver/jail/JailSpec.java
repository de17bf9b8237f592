package dev.stepgate.environment.driver.jail;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * What a jailer is told, as a file that only its user can read: arguments of a process can be read by everybody.
 *
 * @param readable files and folders that the program may read and execute; those that are not there are left out
 * @param devices files that it may read and write
 * @param writable folders that are its own
 * @param workingFolder one of them
 * @param uid the user to become, or -1 to stay what the jailer is
 * @param filters programs for {@code seccomp(2)}
 * @param rlimits pairs of a resource's number and its limit
 * @param command the program and its arguments
 * @param env its variables, each as {@code NAME=value}
 * @param parent the process id of the gateway, with whose spawning thread the program ends
 */
public record JailSpec(
        List<String> readable,
        List<String> devices,
        List<String> writable,
        String workingFolder,
        int uid,
        List<byte[]> filters,
        List<Long> rlimits,
        List<String> command,
        List<String> env,
        long parent) {

    /** Far above what a spec needs. */
    private static final int MOST = 1 << 20;

    public byte[] encoded() throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream out = new DataOutputStream(bytes);
        write(out, readable);
        write(out, devices);
        write(out, writable);
        write(out, List.of(workingFolder));
        out.writeInt(uid);
        out.writeInt(filters.size());
        for (byte[] filter : filters) {
            out.writeInt(filter.length);
            out.write(filter);
        }
        out.writeInt(rlimits.size());
        for (long word : rlimits) {
            out.writeLong(word);
        }
        write(out, command);
        write(out, env);
        out.writeLong(parent);
        return bytes.toByteArray();
    }

    static JailSpec decoded(byte[] bytes) throws IOException {
        DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes));
        return new JailSpec(
                texts(in),
                texts(in),
                texts(in),
                texts(in).getFirst(),
                in.readInt(),
                filters(in),
                words(in),
                texts(in),
                texts(in),
                in.readLong());
    }

    private static void write(DataOutputStream out, List<String> texts) throws IOException {
        out.writeInt(texts.size());
        for (String text : texts) {
            // It would end the text for the kernel, and what follows be another.
            if (text.indexOf('\0') >= 0) {
                throw new IOException("a text holds a NUL");
            }
            byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
            out.writeInt(bytes.length);
            out.write(bytes);
        }
    }

    private static List<String> texts(DataInputStream in) throws IOException {
        int count = count(in);
        List<String> texts = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            texts.add(new String(in.readNBytes(count(in)), StandardCharsets.UTF_8));
        }
        return texts;
    }

    private static List<byte[]> filters(DataInputStream in) throws IOException {
        int count = count(in);
        List<byte[]> filters = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            filters.add(in.readNBytes(count(in)));
        }
        return filters;
    }

    private static List<Long> words(DataInputStream in) throws IOException {
        int count = count(in);
        List<Long> words = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            words.add(in.readLong());
        }
        return words;
    }

    private static int count(DataInputStream in) throws IOException {
        int count = in.readInt();
        if (count < 0 || count > MOST) {
            throw new IOException("no count");
        }
        return count;
    }

    /** The classes that a jailer needs, to be laid out where it is started; no others. */
    public static List<Class<?>> classes() {
        return List.of(Jailer.class, JailSpec.class, JailFailed.class, Kernel.class, Kernel.Call.class);
    }

    /** The class to start. */
    public static String main() {
        return Jailer.class.getName();
    }
}
