package dev.stepgate.policy.sql;

import dev.stepgate.policy.UnicodeForm;
import dev.stepgate.policy.sql.SqlToken.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Cuts a statement into tokens, and takes only what every database system cuts at the same places. Not taken: backslashes
 * and dollar quotes (an escape to one system, text to another), comments that nest, that one system runs ({@code /*!}) or
 * that only some know ({@code #}, {@code --x}), a second statement, other white space than spaces, tabs and line feeds,
 * and letters outside of ASCII anywhere but in quotes. For one statement and one thread.
 */
final class SqlScanner {
    static final int MAX_CHARACTERS = 16_384;
    static final int MAX_TOKENS = 4_096;
    private static final int MAX_DEPTH = 16;

    private final String sql;
    private final List<SqlToken> tokens = new ArrayList<>();
    private int at;
    private int depth;

    private SqlScanner(String sql) {
        this.sql = sql;
    }

    /** The tokens, or empty where two systems could cut it differently. */
    static Optional<List<SqlToken>> scan(String sql) {
        boolean readable = sql.length() <= MAX_CHARACTERS
                && UnicodeForm.isC(sql)
                && sql.codePoints().noneMatch(SqlScanner::isHidden);
        SqlScanner scanner = new SqlScanner(sql);
        return readable && scanner.all() ? Optional.of(scanner.tokens) : Optional.empty();
    }

    private static boolean isHidden(int c) {
        int type = Character.getType(c);
        boolean control = Character.isISOControl(c) && c != '\n' && c != '\t' && c != '\r';
        return control
                || type == Character.FORMAT
                || type == Character.SURROGATE
                || type == Character.UNASSIGNED
                || type == Character.LINE_SEPARATOR
                || type == Character.PARAGRAPH_SEPARATOR;
    }

    private boolean all() {
        while (at < sql.length()) {
            if (tokens.size() > MAX_TOKENS || !one()) {
                return false;
            }
        }
        return depth == 0 && !tokens.isEmpty();
    }

    private boolean one() {
        char c = sql.charAt(at);
        if (c == ' ' || c == '\t' || c == '\n') {
            at++;
            return true;
        }
        if (c == '\r') {
            at += 2;
            return sql.startsWith("\n", at - 1);
        }
        if (sql.startsWith("--", at)) {
            return lineComment();
        }
        if (sql.startsWith("/*", at)) {
            return blockComment();
        }
        if (c == '\'' || c == '"' || c == '`') {
            return quoted(c);
        }
        if (isLetter(c)) {
            return word();
        }
        if (isDigit(c) || (c == '.' && at + 1 < sql.length() && isDigit(sql.charAt(at + 1)))) {
            return number();
        }
        return sign(c);
    }

    /** A system that wants white space after the dashes and one that does not agree where there is some. */
    private boolean lineComment() {
        boolean plain = at + 2 < sql.length() && (sql.charAt(at + 2) == ' ' || sql.charAt(at + 2) == '\n');
        int end = sql.indexOf('\n', at);
        int carriage = sql.indexOf('\r', at);
        at = end < 0 ? sql.length() : end;
        return plain && (carriage < 0 || carriage >= at - 1);
    }

    private boolean blockComment() {
        int end = sql.indexOf("*/", at + 2);
        int nested = sql.indexOf("/*", at + 2);
        if (end < 0 || (nested >= 0 && nested < end)) {
            return false;
        }
        String inside = sql.substring(at + 2, end);
        at = end + 2;
        return !inside.startsWith("!") && !inside.startsWith("M!") && !inside.startsWith("+");
    }

    private boolean quoted(char quote) {
        StringBuilder text = new StringBuilder();
        for (int i = at + 1; i < sql.length(); i++) {
            char c = sql.charAt(i);
            if (c == '\\') {
                return false;
            }
            if (c != quote) {
                text.append(c);
            } else if (i + 1 < sql.length() && sql.charAt(i + 1) == quote) {
                text.append(c);
                i++;
            } else {
                at = i + 1;
                boolean joined = !tokens.isEmpty() && tokens.getLast().kind() == Kind.STRING;
                tokens.add(new SqlToken(quote == '\'' ? Kind.STRING : Kind.QUOTED_NAME, text.toString()));
                if (joined) {
                    return false;
                }
                // `'a' 'b'` is one string to some systems, and a name right after a quote is read in two ways.
                return at >= sql.length() || (sql.charAt(at) != '\'' && !isLetter(sql.charAt(at)));
            }
        }
        return false;
    }

    private boolean word() {
        int start = at;
        while (at < sql.length() && (isLetter(sql.charAt(at)) || isDigit(sql.charAt(at)))) {
            at++;
        }
        String word = sql.substring(start, at).toLowerCase(Locale.ROOT);
        // A letter that touches a string changes how it is read: e'…', n'…', x'…', q'…', u&'…', _utf8'…'.
        boolean prefix = at < sql.length() && "'\"&".indexOf(sql.charAt(at)) >= 0;
        tokens.add(new SqlToken(Kind.WORD, word));
        return !prefix;
    }

    private boolean number() {
        int start = at;
        while (at < sql.length() && (isDigit(sql.charAt(at)) || sql.charAt(at) == '.')) {
            at++;
        }
        if (at < sql.length() && (sql.charAt(at) == 'e' || sql.charAt(at) == 'E')) {
            at++;
            if (at < sql.length() && (sql.charAt(at) == '-' || sql.charAt(at) == '+')) {
                at++;
            }
            if (at >= sql.length() || !isDigit(sql.charAt(at))) {
                return false;
            }
            while (at < sql.length() && isDigit(sql.charAt(at))) {
                at++;
            }
        }
        String number = sql.substring(start, at);
        tokens.add(new SqlToken(Kind.NUMBER, number));
        boolean oneDot = number.indexOf('.') == number.lastIndexOf('.');
        return oneDot && (at >= sql.length() || (!isLetter(sql.charAt(at)) && sql.charAt(at) != '\''));
    }

    private boolean sign(char c) {
        if (c == ';') {
            at++;
            return sql.substring(at).isBlank();
        }
        depth += c == '(' ? 1 : c == ')' ? -1 : 0;
        at++;
        tokens.add(new SqlToken(Kind.SIGN, String.valueOf(c)));
        return "(),.*=<>+-/%|?:!".indexOf(c) >= 0 && depth >= 0 && depth <= MAX_DEPTH;
    }

    private static boolean isLetter(char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
    }

    private static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }
}
