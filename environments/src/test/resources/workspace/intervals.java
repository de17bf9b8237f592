import java.util.Arrays;
import java.util.Scanner;

public final class Main {
    public static void main(String[] args) {
        Scanner in = new Scanner(System.in);
        long[][] all = new long[in.nextInt()][];
        for (int i = 0; i < all.length; i++) {
            all[i] = new long[] {in.nextLong(), in.nextLong()};
        }
        Arrays.sort(all, (a, b) -> Long.compare(a[0], b[0]));
        long[] open = all[0];
        for (long[] next : all) {
            if (next[0] <= open[1] + 1) {
                open[1] = Math.max(open[1], next[1]);
            } else {
                System.out.println(open[0] + " " + open[1]);
                open = next;
            }
        }
        System.out.println(open[0] + " " + open[1]);
    }
}
