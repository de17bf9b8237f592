package dev.stepgate.environment.bundled;

/** The run of a bundled environment is lost. Its sentence is fit for a trainer's log. */
public final class EnvironmentFailed extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final String sentence;

    public EnvironmentFailed(String sentence) {
        super(sentence, null, false, false);
        this.sentence = sentence;
    }

    public String sentence() {
        return sentence;
    }
}
