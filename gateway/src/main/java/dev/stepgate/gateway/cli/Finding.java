package dev.stepgate.gateway.cli;

/**
 * One thing that a check has looked at.
 *
 * @param check which check, one word
 * @param subject what of it, for example the name of a driver
 * @param found what is so, in one phrase
 * @param help what to install or set for more, or an empty text
 */
record Finding(Grade grade, String check, String subject, String found, String help) {

    /** How bad it is. */
    enum Grade {
        /** As it should be. */
        OK,
        /** Works, and could do more. */
        LESS,
        /** Does not work. */
        MISSING
    }
}
