package dev.stepgate.gateway.session;

import java.util.Random;

/** Texts that are nearly another one. */
final class Mutants {
    private static final String ALPHABET =
            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_=+/ \u00e4\u0000";

    private Mutants() {}

    static String of(String text, Random random) {
        StringBuilder mutant = new StringBuilder(text);
        for (int edits = 1 + random.nextInt(3); edits > 0; edits--) {
            int at = random.nextInt(mutant.length() + 1);
            char c = ALPHABET.charAt(random.nextInt(ALPHABET.length()));
            switch (random.nextInt(4)) {
                case 0 -> mutant.insert(at, c);
                case 1 -> mutant.setLength(at);
                case 2 -> mutant.append(text, 0, Math.min(at, text.length()));
                default -> {
                    if (at < mutant.length()) {
                        mutant.setCharAt(at, c);
                    }
                }
            }
        }
        return mutant.toString();
    }
}
