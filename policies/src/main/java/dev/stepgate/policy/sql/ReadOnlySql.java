package dev.stepgate.policy.sql;

import dev.stepgate.policy.ArgumentCheck.Verdict;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import net.sf.jsqlparser.parser.CCJSqlParser;
import net.sf.jsqlparser.parser.ParseException;
import net.sf.jsqlparser.parser.StringProvider;
import net.sf.jsqlparser.parser.TokenMgrException;
import net.sf.jsqlparser.parser.feature.Feature;
import net.sf.jsqlparser.statement.Statement;
import net.sf.jsqlparser.statement.select.Select;

/**
 * Whether a text is one SQL statement that only reads. Two readers must agree: a scanner of our own, which accepts no word
 * that writes, locks or calls an unlisted function and no spelling that database systems take differently, and a parser,
 * to which the whole must be a query. Stateless.
 */
public final class ReadOnlySql {
    private ReadOnlySql() {}

    /** What is to be said of a statement. */
    public static Verdict check(String sql) {
        Optional<List<SqlToken>> tokens = SqlScanner.scan(sql);
        if (tokens.isEmpty()) {
            return Verdict.UNCLEAR;
        }
        if (!SqlWords.onlyRead(tokens.get())) {
            return Verdict.FAILS;
        }
        return Verdict.of(parse(sql).filter(Select.class::isInstance).isPresent());
    }

    /** The kind of a statement in lower case, as in {@code select} or {@code insert}; empty where it is none or unclear. */
    public static String kindOf(String sql) {
        if (SqlScanner.scan(sql).isEmpty()) {
            return "";
        }
        return parse(sql)
                .map(statement -> statement instanceof Select
                        ? "select"
                        : statement.getClass().getSimpleName().toLowerCase(Locale.ROOT))
                .orElse("");
    }

    private static Optional<Statement> parse(String sql) {
        try {
            CCJSqlParser parser = new CCJSqlParser(new StringProvider(sql));
            parser.withConfiguration(parser.getConfiguration().setValue(Feature.allowComplexParsing, false));
            return Optional.ofNullable(parser.Statement());
        } catch (ParseException | TokenMgrException | IllegalArgumentException | StackOverflowError unreadable) {
            return Optional.empty();
        }
    }
}
