/** Reads Roman numerals, one a line, and prints their values. */
public final class Main {
    public static void main(String[] args) {
        // To be written.
    }
}
