package dev.stepgate;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.stream.Stream;

/** Bytes that are nearly one of a kept corpus: cut, repeated, mixed with each other, mistyped. For one thread. */
public final class Mutants {
    /** How many of them a test makes; {@code -Dstepgate.fuzz=1000000} for the long form. */
    public static final int RUNS = Integer.getInteger("stepgate.fuzz", 20_000);

    private static final int MOST_EDITS = 5;

    private final SplittableRandom random = new SplittableRandom(Long.getLong("stepgate.seed", 1));
    private final List<byte[]> seeds;
    private final List<byte[]> splices;

    private Mutants(List<byte[]> seeds, List<byte[]> splices) {
        this.seeds = seeds;
        this.splices = splices;
    }

    /**
     * Mutants of what Jazzer replays too: the files of {@code <test>Inputs/<entry>} beside the test's class.
     *
     * @param splices pieces that are put in, beside random bytes
     */
    public static Mutants of(Class<?> test, String entry, List<String> splices) {
        String folder = test.getSimpleName() + "Inputs/" + entry;
        URL corpus = Objects.requireNonNull(test.getResource(folder), folder);
        return new Mutants(
                read(corpus), splices.stream().map(text -> text.getBytes(UTF_8)).toList());
    }

    private static List<byte[]> read(URL folder) {
        URI place;
        try {
            place = folder.toURI();
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e); // the class loader made it
        }
        try (Stream<Path> files = Files.list(Path.of(place))) {
            return files.sorted().map(Mutants::read).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static byte[] read(Path file) {
        try {
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public byte[] next() {
        byte[] bytes = one(seeds);
        for (int edits = random.nextInt(MOST_EDITS + 1); edits > 0; edits--) {
            bytes = edited(bytes);
        }
        return bytes;
    }

    private byte[] edited(byte[] bytes) {
        int from = random.nextInt(bytes.length + 1);
        int to = Math.min(bytes.length, from + random.nextInt(8));
        ByteArrayOutputStream edited = new ByteArrayOutputStream();
        edited.write(bytes, 0, from);
        switch (random.nextInt(5)) {
            case 0 -> edited.write(bytes, to, bytes.length - to);
            case 1 -> edited.writeBytes(tail(one(seeds)));
            case 2 -> {
                edited.write(bytes, from, to - from);
                edited.write(bytes, from, bytes.length - from);
            }
            case 3 -> {
                edited.write(random.nextInt(256));
                edited.write(bytes, to, bytes.length - to);
            }
            default -> {
                edited.writeBytes(one(splices));
                edited.write(bytes, from, bytes.length - from);
            }
        }
        return edited.toByteArray();
    }

    private byte[] tail(byte[] bytes) {
        int from = random.nextInt(bytes.length + 1);
        return Arrays.copyOfRange(bytes, from, bytes.length);
    }

    private byte[] one(List<byte[]> list) {
        return list.get(random.nextInt(list.size()));
    }
}
