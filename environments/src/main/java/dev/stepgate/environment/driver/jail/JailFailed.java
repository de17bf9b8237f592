package dev.stepgate.environment.driver.jail;

/** The jail is not tight, so the program is not started. */
final class JailFailed extends RuntimeException {
    private static final long serialVersionUID = 1;

    JailFailed(String sentence) {
        super(sentence, null, false, false);
    }
}
