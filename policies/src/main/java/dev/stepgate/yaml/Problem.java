package dev.stepgate.yaml;

import java.util.Collection;
import java.util.Comparator;

/**
 * Why a file is refused: where, what, and the way out.
 *
 * @param message one sentence in lower case, input in backticks
 * @param help what to do about it; may be empty
 */
public record Problem(Place place, String message, String help) {

    @Override
    public String toString() {
        return place + ": " + message + (help.isEmpty() ? "" : " (" + help + ")");
    }

    /** Help that names the valid word nearest to a wrong one, and all of them where none is near. */
    public static String nearest(String wrong, Collection<String> valid) {
        return valid.stream()
                .min(Comparator.comparingInt((String word) -> distance(wrong, word))
                        .thenComparing(word -> word))
                .filter(word -> distance(wrong, word) <= Math.max(2, wrong.length() / 3))
                .map(word -> "did you mean `" + word + "`?")
                .orElseGet(() -> valid.isEmpty()
                        ? ""
                        : "valid: " + String.join(", ", valid.stream().sorted().toList()));
    }

    /** The Levenshtein distance; both words are short, since a file's size is bounded. */
    private static int distance(String a, String b) {
        if (a.length() > 64) {
            return Integer.MAX_VALUE;
        }
        int[] row = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            row[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int substituted = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(substituted, Math.min(row[j], row[j - 1]) + 1);
            }
        }
        return row[b.length()];
    }
}
