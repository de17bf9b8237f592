import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Scanner;

public final class Main {
    public static void main(String[] args) {
        Scanner in = new Scanner(System.in);
        int size = in.nextInt();
        Map<String, String> kept = new LinkedHashMap<>(16, 0.75f, true) {
            @Override
            protected boolean removeEldestEntry(Map.Entry<String, String> eldest) {
                return size() > size;
            }
        };
        while (in.hasNext()) {
            if (in.next().equals("put")) {
                kept.put(in.next(), in.next());
            } else {
                String value = kept.get(in.next());
                System.out.println(value == null ? "-" : value);
            }
        }
    }
}
