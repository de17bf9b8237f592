package dev.stepgate.policy;

/** What an episode has seen so far, calls in flight included. */
public interface EpisodeView {
    /** An episode in which nothing has been called. */
    EpisodeView NEW = new EpisodeView() {
        @Override
        public long calls(String tool) {
            return 0;
        }

        @Override
        public long cost() {
            return 0;
        }

        @Override
        public boolean carries(LabelKind kind, String label) {
            return false;
        }
    };

    /** The calls of a tool ({@code <upstream>.<tool>}) that have left or are about to. */
    long calls(String tool);

    /** The points that its calls cost. */
    long cost();

    /** Whether a call that carries this label has left or is about to. */
    boolean carries(LabelKind kind, String label);
}
