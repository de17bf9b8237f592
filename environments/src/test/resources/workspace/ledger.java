import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Map;
import java.util.Scanner;
import java.util.TreeMap;

public final class Main {
    public static void main(String[] args) {
        Map<String, BigDecimal> sums = new TreeMap<>();
        Scanner in = new Scanner(System.in);
        while (in.hasNextLine()) {
            String[] parts = in.nextLine().split(";");
            sums.merge(parts[0].strip(), new BigDecimal(parts[1].strip()), BigDecimal::add);
        }
        sums.forEach((account, sum) -> System.out.println(account + " " + sum.setScale(2, RoundingMode.HALF_EVEN)));
    }
}
