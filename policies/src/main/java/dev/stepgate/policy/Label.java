package dev.stepgate.policy;

/** One label, for example {@code reads: private}. */
public record Label(LabelKind kind, String name) {

    @Override
    public String toString() {
        return kind.key() + ": " + name;
    }
}
