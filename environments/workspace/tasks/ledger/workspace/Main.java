import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.util.Map;
import java.util.TreeMap;

/** Sums amounts by account. */
public final class Main {
    public static void main(String[] args) throws IOException {
        Map<String, Double> sums = new TreeMap<>();
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            int semicolon = line.indexOf(';');
            String account = line.substring(0, semicolon);
            double amount = Double.parseDouble(line.substring(semicolon + 1));
            sums.merge(account, amount, Double::sum);
        }
        sums.forEach((account, sum) -> System.out.printf("%s %.2f%n", account, sum));
    }
}
