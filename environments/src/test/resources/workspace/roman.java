import java.util.Map;
import java.util.HashMap;
import java.util.Scanner;

public final class Main {
    private static final int[] VALUES = {1000, 900, 500, 400, 100, 90, 50, 40, 10, 9, 5, 4, 1};
    private static final String[] SIGNS = {"M", "CM", "D", "CD", "C", "XC", "L", "XL", "X", "IX", "V", "IV", "I"};

    public static void main(String[] args) {
        Map<String, Integer> known = new HashMap<>();
        for (int number = 1; number < 4000; number++) {
            StringBuilder text = new StringBuilder();
            int rest = number;
            for (int i = 0; i < VALUES.length; i++) {
                for (; rest >= VALUES[i]; rest -= VALUES[i]) {
                    text.append(SIGNS[i]);
                }
            }
            known.put(text.toString(), number);
        }
        Scanner in = new Scanner(System.in);
        while (in.hasNextLine()) {
            Integer value = known.get(in.nextLine());
            System.out.println(value == null ? "not a number" : value.toString());
        }
    }
}
