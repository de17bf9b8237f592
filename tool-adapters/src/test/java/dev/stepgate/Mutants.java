package dev.stepgate;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.util.List;
import java.util.SplittableRandom;

/** Bytes that are nearly one of some good texts: cut, repeated, mixed with each other, mistyped. For one thread. */
public final class Mutants {
    /** How many of them a test makes; {@code -Dstepgate.fuzz=1000000} for the long form. */
    public static final int RUNS = Integer.getInteger("stepgate.fuzz", 20_000);

    private static final int MOST_EDITS = 5;

    private final SplittableRandom random = new SplittableRandom(Long.getLong("stepgate.seed", 1));
    private final List<byte[]> seeds;
    private final List<byte[]> splices;

    /** @param splices pieces that are put in, beside random bytes */
    public Mutants(List<String> seeds, List<String> splices) {
        this.seeds = seeds.stream().map(text -> text.getBytes(UTF_8)).toList();
        this.splices = splices.stream().map(text -> text.getBytes(UTF_8)).toList();
    }

    public byte[] next() {
        byte[] bytes = one(seeds);
        for (int edits = random.nextInt(MOST_EDITS + 1); edits > 0; edits--) {
            bytes = edited(bytes);
        }
        return bytes;
    }

    /** A number from 1 to {@code most}. */
    public int upTo(int most) {
        return 1 + random.nextInt(most);
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
        return java.util.Arrays.copyOfRange(bytes, from, bytes.length);
    }

    private byte[] one(List<byte[]> list) {
        return list.get(random.nextInt(list.size()));
    }
}
