import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;

/** Wraps text at a width. */
public final class Main {
    public static void main(String[] args) throws IOException {
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in));
        int width = Integer.parseInt(in.readLine().trim());
        StringBuilder line = new StringBuilder();
        for (String text = in.readLine(); text != null; text = in.readLine()) {
            for (String word : text.split(" ")) {
                if (line.length() + 1 + word.length() > width) {
                    System.out.println(line);
                    line.setLength(0);
                }
                if (line.length() > 0) {
                    line.append(' ');
                }
                line.append(word);
            }
        }
    }
}
