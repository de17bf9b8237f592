package dev.stepgate.gateway.reward;

/** A step of which no reward is known. It is caught where the step is scored and goes no further. */
final class Unscored extends Exception {
    private static final long serialVersionUID = 1L;

    private final String reason;

    Unscored(String reason) {
        super(reason, null, false, false);
        this.reason = reason;
    }

    String reason() {
        return reason;
    }
}
