import java.util.Scanner;

/** Prints the median of the numbers it reads. */
public final class Main {
    public static void main(String[] args) {
        Scanner in = new Scanner(System.in);
        int count = in.nextInt();
        int[] numbers = new int[count];
        for (int i = 0; i < count; i++) {
            numbers[i] = in.nextInt();
        }
        System.out.printf("%.1f%n", median(numbers));
    }

    static double median(int[] numbers) {
        int middle = numbers.length / 2;
        if (numbers.length % 2 == 1) {
            return numbers[middle];
        }
        return (numbers[middle] + numbers[middle + 1]) / 2;
    }
}
