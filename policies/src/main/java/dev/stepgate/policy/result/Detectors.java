package dev.stepgate.policy.result;

import dev.stepgate.policy.ResultTerms.Detector;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Finds text by its form and, where it has one, its check digits. Recognition, not proof: an encoded value passes. Immutable. */
final class Detectors {
    /** Each matches in linear time: no repetition stands inside of another over the same characters. */
    private static final Map<Detector, Pattern> FORMS = new EnumMap<>(Map.of(
            Detector.IBAN, Pattern.compile("\\b[A-Z]{2}\\d{2}(?: ?[A-Z0-9]){11,30}\\b"),
            Detector.EMAIL, Pattern.compile("[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9.-]{1,190}\\.[A-Za-z]{2,24}"),
            Detector.CARD, Pattern.compile("\\b\\d(?:[ -]?\\d){12,18}\\b"),
            Detector.IPV4, Pattern.compile("\\b(?:\\d{1,3}\\.){3}\\d{1,3}\\b"),
            Detector.JWT, Pattern.compile("\\beyJ[A-Za-z0-9_-]{4,}\\.[A-Za-z0-9_-]{4,}\\.[A-Za-z0-9_-]*")));

    private final Set<Detector> wanted;

    Detectors(Set<Detector> wanted) {
        this.wanted = Set.copyOf(wanted);
    }

    /** A value without what is found in any string below it, keys included. */
    @Nullable
    Object withheld(@Nullable Object value) {
        if (wanted.isEmpty()) {
            return value;
        }
        return switch (value) {
            case String text -> text(text);
            case List<?> list -> {
                List<@Nullable Object> left = new ArrayList<>();
                list.forEach(item -> left.add(withheld(item)));
                yield left;
            }
            case Map<?, ?> map -> {
                Map<String, @Nullable Object> left = new LinkedHashMap<>();
                map.forEach((key, item) -> left.put(text(String.valueOf(key)), withheld(item)));
                yield left;
            }
            case null, default -> value;
        };
    }

    private String text(String text) {
        String left = text;
        for (Detector detector : wanted) {
            Pattern form = FORMS.get(detector);
            if (form != null) {
                String mark = "[withheld:" + detector.name().toLowerCase(Locale.ROOT) + "]";
                left = form.matcher(left).replaceAll(found -> checks(detector, found) ? mark : keep(found));
            }
        }
        return left;
    }

    private static String keep(MatchResult found) {
        return java.util.regex.Matcher.quoteReplacement(found.group());
    }

    private static boolean checks(Detector detector, MatchResult found) {
        return switch (detector) {
            case IBAN -> isIban(found.group().replace(" ", ""));
            case CARD -> isCard(found.group().replaceAll("[ -]", ""));
            case EMAIL, IPV4, JWT -> true;
        };
    }

    /** ISO 13616: moved to its end, the number leaves 1 of 97. */
    private static boolean isIban(String text) {
        if (text.length() > 34) {
            return false;
        }
        StringBuilder digits = new StringBuilder();
        for (char c : (text.substring(4) + text.substring(0, 4)).toCharArray()) {
            digits.append(Character.digit(c, 36));
        }
        return new BigInteger(digits.toString()).mod(BigInteger.valueOf(97)).equals(BigInteger.ONE);
    }

    /** ISO/IEC 7812: the Luhn sum ends in 0. */
    private static boolean isCard(String digits) {
        int sum = 0;
        for (int i = 0; i < digits.length(); i++) {
            int digit = digits.charAt(digits.length() - 1 - i) - '0';
            int twice = digit * 2 - (digit > 4 ? 9 : 0);
            sum += i % 2 == 0 ? digit : twice;
        }
        return sum % 10 == 0;
    }
}
