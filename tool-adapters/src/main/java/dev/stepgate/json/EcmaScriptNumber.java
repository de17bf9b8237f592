package dev.stepgate.json;

/** A finite double as ECMAScript writes it: {@code Number::toString}, ECMA-262 section 6.1.6.1.20, base 10. */
final class EcmaScriptNumber {
    private EcmaScriptNumber() {}

    static String format(double value) {
        if (value == 0) {
            return "0"; // also for -0
        }
        if (value == Math.rint(value) && Math.abs(value) < 1e15) {
            return Long.toString((long) value);
        }
        return (value < 0 ? "-" : "") + positive(Math.abs(value));
    }

    /**
     * Since JDK 19 {@link Double#toString(double)} finds the shortest digits that ECMAScript asks for, and only places the
     * point differently.
     */
    private static String positive(double value) {
        String java = Double.toString(value);
        int e = java.indexOf('E');
        String mantissa = e < 0 ? java : java.substring(0, e);
        int point = mantissa.indexOf('.');
        String digits = mantissa.substring(0, point) + mantissa.substring(point + 1);
        int exponent = point + (e < 0 ? 0 : Integer.parseInt(java.substring(e + 1)));
        int first = 0;
        while (digits.charAt(first) == '0') {
            first++;
        }
        int last = digits.length();
        while (digits.charAt(last - 1) == '0') {
            last--;
        }
        return shortest(value, digits.substring(first, last), exponent - first);
    }

    /** Java writes at least two digits, which near the smallest double is one too many: 4.9E-324 is 5e-324. */
    private static String shortest(double value, String digits, int n) {
        if (digits.length() == 2 && n < -300) {
            int rounded = (Integer.parseInt(digits) + 5) / 10;
            if (Double.parseDouble(rounded + "E" + (n - 1)) == value) {
                return rounded == 10 ? placed("1", n + 1) : placed(String.valueOf(rounded), n);
            }
        }
        return placed(digits, n);
    }

    /** The digits with the point {@code n} places right of their beginning. */
    private static String placed(String digits, int n) {
        int k = digits.length();
        if (k <= n && n <= 21) {
            return digits + "0".repeat(n - k);
        }
        if (0 < n && n <= 21) {
            return digits.substring(0, n) + "." + digits.substring(n);
        }
        if (-6 < n && n <= 0) {
            return "0." + "0".repeat(-n) + digits;
        }
        String sign = n - 1 < 0 ? "e-" : "e+";
        String mantissa = k == 1 ? digits : digits.charAt(0) + "." + digits.substring(1);
        return mantissa + sign + Math.abs(n - 1);
    }
}
