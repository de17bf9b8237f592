/** A cache that forgets what was used least recently. */
public final class Main {
    public static void main(String[] args) {
        // To be written.
    }
}
