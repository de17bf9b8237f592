package dev.stepgate.policy.path;

import dev.stepgate.policy.ArgumentCheck.Verdict;
import dev.stepgate.policy.UnicodeForm;
import java.text.Normalizer;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Whether a path lies in a folder, decided by segments and never by string prefix. A spelling that another reader could
 * take for another path is refused rather than repaired: relative paths, {@code ..}, NUL and other control characters,
 * backslashes, percent signs, drive letters, text that is not in Unicode normalisation form C.
 */
public final class PathWithin {
    private static final Pattern DRIVE = Pattern.compile("^[A-Za-z]:");

    /** Fraction and division slashes and their kin, which no compatibility form folds but eyes and models do. */
    private static final String LOOKS_LIKE_SLASH = "\u2044\u2215\u29f8\u2571\u29f9\u2216\u2572\u27cb\u27cd";

    private final List<String> folder;

    /** The same as it is mostly written, without a slash at its end. */
    private final String written;

    private PathWithin(List<String> folder) {
        this.folder = folder;
        this.written = "/" + String.join("/", folder);
    }

    /** Whether a folder can be written in a policy. */
    public static boolean isFolder(String folder) {
        return isPlain(folder);
    }

    public static PathWithin folder(String folder) {
        return new PathWithin(segments(folder));
    }

    /** Mostly a path is written in one way only; then neither forms nor segments have to be looked at. */
    public Verdict check(String path) {
        if (isSimple(path)) {
            return Verdict.of(path.startsWith(written)
                    && (path.length() == written.length() || path.charAt(written.length()) == '/' || folder.isEmpty()));
        }
        if (!isPlain(path)) {
            return Verdict.UNCLEAR;
        }
        List<String> segments = segments(path);
        return Verdict.of(segments.size() >= folder.size()
                && segments.subList(0, folder.size()).equals(folder));
    }

    /**
     * Whether it is absolute, holds only letters, digits, {@code _}, {@code -} and dots inside of names, and no segment that is
     * empty or begins with a dot. All these are plain, and their prefix says where they lie.
     */
    private static boolean isSimple(String path) {
        boolean begins = true;
        for (int i = 0; i < path.length(); i++) {
            char c = path.charAt(i);
            if (i == 0 || c == '/') {
                if (c != '/' || (i > 0 && begins)) {
                    return false;
                }
                begins = true;
            } else if (isNameCharacter(c) || (c == '.' && !begins)) {
                begins = false;
            } else {
                return false;
            }
        }
        return path.length() > 1 && !begins;
    }

    private static boolean isNameCharacter(char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
    }

    private static boolean isPlain(String path) {
        return path.startsWith("/")
                && !path.startsWith("//")
                && path.codePoints()
                        .noneMatch(c -> c == '\\' || c == '%' || LOOKS_LIKE_SLASH.indexOf(c) >= 0 || isHidden(c))
                && UnicodeForm.isC(path)
                && (UnicodeForm.isAscii(path)
                        || separators(path) == separators(Normalizer.normalize(path, Normalizer.Form.NFKC)))
                && Arrays.stream(path.split("/")).allMatch(PathWithin::isPlainSegment);
    }

    /** Not {@code ..} or anything that another system reads as it, no drive, no home. */
    private static boolean isPlainSegment(String segment) {
        boolean onlyDots = !segment.isEmpty()
                && !segment.equals(".")
                && segment.chars().allMatch(c -> c == '.' || Character.isSpaceChar(c));
        return !onlyDots && !DRIVE.matcher(segment).find() && !segment.endsWith(":") && !segment.startsWith("~");
    }

    /** Full-width and other look-alikes turn into separators where a reader folds compatibility forms. */
    private static long separators(String path) {
        return path.chars().filter(c -> "/\\.:%~".indexOf(c) >= 0).count();
    }

    /** Format characters (zero width, bidirectional controls, tags) and lone surrogates show as nothing. */
    private static boolean isHidden(int c) {
        int type = Character.getType(c);
        return Character.isISOControl(c)
                || type == Character.FORMAT
                || type == Character.SURROGATE
                || type == Character.LINE_SEPARATOR
                || type == Character.PARAGRAPH_SEPARATOR;
    }

    /** The segments that name something: empty ones and {@code .} name the folder that they stand in. */
    private static List<String> segments(String path) {
        return Arrays.stream(path.split("/"))
                .filter(segment -> !segment.isEmpty() && !segment.equals("."))
                .toList();
    }
}
