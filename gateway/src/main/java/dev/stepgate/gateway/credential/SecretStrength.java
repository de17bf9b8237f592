package dev.stepgate.gateway.credential;

/** Whether a value can be looked for in what comes back without masking ordinary words. */
final class SecretStrength {
    static final int SHORTEST = 8;
    private static final int FEWEST_CHARACTERS = 5;
    private static final int SHORTEST_WORD = 16;

    private SecretStrength() {}

    static boolean suffices(String value) {
        boolean word = value.chars().allMatch(unit -> Character.isLetter(unit) || unit == '-' || unit == '_');
        return value.length() >= SHORTEST
                && value.chars().distinct().count() >= FEWEST_CHARACTERS
                && (!word || value.length() >= SHORTEST_WORD);
    }
}
