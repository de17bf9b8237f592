import java.util.Arrays;
import java.util.Scanner;

public final class Main {
    public static void main(String[] args) {
        Scanner in = new Scanner(System.in);
        long[] numbers = new long[in.nextInt()];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = in.nextInt();
        }
        Arrays.sort(numbers);
        int middle = numbers.length / 2;
        double median = numbers.length % 2 == 1 ? numbers[middle] : (numbers[middle - 1] + numbers[middle]) / 2.0;
        System.out.printf("%.1f%n", median);
    }
}
