import java.util.Scanner;

public final class Main {
    public static void main(String[] args) {
        Scanner in = new Scanner(System.in);
        int width = in.nextInt();
        StringBuilder line = new StringBuilder();
        while (in.hasNext()) {
            String word = in.next();
            while (word.length() > width) {
                flush(line);
                System.out.println(word.substring(0, width));
                word = word.substring(width);
            }
            if (word.isEmpty()) {
                continue;
            }
            if (!line.isEmpty() && line.length() + 1 + word.length() > width) {
                flush(line);
            }
            line.append(line.isEmpty() ? "" : " ").append(word);
        }
        flush(line);
    }

    private static void flush(StringBuilder line) {
        if (!line.isEmpty()) {
            System.out.println(line);
            line.setLength(0);
        }
    }
}
