/** Joins intervals that overlap or touch. */
public final class Main {
    public static void main(String[] args) {
        // To be written.
    }
}
