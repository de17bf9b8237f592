package dev.stepgate.policy.sql;

import dev.stepgate.policy.sql.SqlToken.Kind;
import java.util.List;
import java.util.Set;

/**
 * Which words a statement that only reads may hold. Words that write are refused wherever they stand unquoted, also as names
 * of columns: a name that must be spelt so can be quoted. Functions are allowed by name, because any other may write, wait,
 * or read files.
 */
final class SqlWords {
    private static final Set<String> FIRST = Set.of("select", "with", "values");

    private static final Set<String> WRITING = Set.of(
            "insert",
            "update",
            "delete",
            "merge",
            "upsert",
            "replace",
            "into",
            "create",
            "alter",
            "drop",
            "truncate",
            "rename",
            "grant",
            "revoke",
            "call",
            "exec",
            "execute",
            "do",
            "copy",
            "load",
            "import",
            "export",
            "vacuum",
            "analyze",
            "reindex",
            "cluster",
            "attach",
            "detach",
            "pragma",
            "begin",
            "commit",
            "rollback",
            "savepoint",
            "release",
            "lock",
            "unlock",
            "listen",
            "notify",
            "unlisten",
            "prepare",
            "deallocate",
            "declare",
            "fetch",
            "close",
            "move",
            "handler",
            "kill",
            "shutdown",
            "use",
            "outfile",
            "dumpfile",
            "infile",
            "program",
            "returning",
            "procedure",
            "share",
            "nowait",
            "skip",
            "locked",
            "purge",
            "flush",
            "reset",
            "discard",
            "checkpoint",
            "refresh",
            "security",
            "explain",
            "describe",
            "show",
            "install");

    /** Words that a parenthesis may follow without being a function's name. */
    private static final Set<String> BEFORE_PARENTHESIS = Set.of(
            "select",
            "from",
            "where",
            "and",
            "or",
            "not",
            "in",
            "exists",
            "any",
            "some",
            "all",
            "as",
            "on",
            "using",
            "join",
            "having",
            "by",
            "over",
            "values",
            "union",
            "except",
            "intersect",
            "when",
            "then",
            "else",
            "case",
            "between",
            "like",
            "ilike",
            "is",
            "limit",
            "offset",
            "distinct",
            "filter",
            "group",
            "within",
            "partition",
            "order",
            "set",
            "lateral",
            "materialized",
            "top",
            "with",
            "cast",
            "interval",
            "rows",
            "range",
            "escape",
            "row",
            "end",
            "default",
            "first",
            "last",
            "asc",
            "desc",
            "inner",
            "left",
            "right",
            "full",
            "cross");

    private static final Set<String> FUNCTIONS = Set.of(
            "abs",
            "acos",
            "array_agg",
            "array_length",
            "array_to_string",
            "ascii",
            "asin",
            "atan",
            "atan2",
            "avg",
            "bit_length",
            "bool_and",
            "bool_or",
            "btrim",
            "cast",
            "ceil",
            "ceiling",
            "char_length",
            "character_length",
            "chr",
            "coalesce",
            "concat",
            "concat_ws",
            "convert",
            "cos",
            "count",
            "cume_dist",
            "current_date",
            "current_time",
            "current_timestamp",
            "date",
            "date_add",
            "date_diff",
            "date_format",
            "date_part",
            "date_sub",
            "date_trunc",
            "datediff",
            "datetime",
            "day",
            "dayofweek",
            "degrees",
            "dense_rank",
            "every",
            "exp",
            "extract",
            "first_value",
            "floor",
            "format",
            "greatest",
            "group_concat",
            "grouping",
            "hour",
            "if",
            "ifnull",
            "iif",
            "initcap",
            "instr",
            "isnull",
            "json_agg",
            "json_array_length",
            "json_extract",
            "json_object",
            "json_value",
            "jsonb_agg",
            "julianday",
            "lag",
            "last_value",
            "lcase",
            "lead",
            "least",
            "left",
            "len",
            "length",
            "ln",
            "localtime",
            "localtimestamp",
            "locate",
            "log",
            "log10",
            "log2",
            "lower",
            "lpad",
            "ltrim",
            "make_date",
            "max",
            "median",
            "min",
            "minute",
            "mod",
            "month",
            "monthname",
            "now",
            "nth_value",
            "ntile",
            "nullif",
            "nvl",
            "octet_length",
            "overlay",
            "percent_rank",
            "percentile_cont",
            "percentile_disc",
            "pi",
            "position",
            "pow",
            "power",
            "quarter",
            "quote_literal",
            "radians",
            "rank",
            "regexp_like",
            "regexp_replace",
            "regexp_substr",
            "reverse",
            "right",
            "round",
            "row_number",
            "rpad",
            "rtrim",
            "second",
            "sign",
            "sin",
            "split_part",
            "sqrt",
            "stddev",
            "stddev_pop",
            "stddev_samp",
            "strftime",
            "string_agg",
            "strpos",
            "substr",
            "substring",
            "sum",
            "tan",
            "time",
            "timestamp",
            "timestampdiff",
            "to_char",
            "to_date",
            "to_number",
            "to_timestamp",
            "total",
            "translate",
            "trim",
            "trunc",
            "typeof",
            "ucase",
            "unnest",
            "upper",
            "var_pop",
            "var_samp",
            "variance",
            "week",
            "weekday",
            "width_bucket",
            "year");

    /** Types that take a length or precision. */
    private static final Set<String> TYPES =
            Set.of("char", "character", "varchar", "varying", "numeric", "decimal", "float", "precision", "nvarchar");

    private SqlWords() {}

    static boolean onlyRead(List<SqlToken> tokens) {
        boolean reads =
                FIRST.contains(tokens.getFirst().text()) || tokens.getFirst().isSign('(');
        for (int i = 0; i < tokens.size() && reads; i++) {
            SqlToken token = tokens.get(i);
            boolean called = i + 1 < tokens.size() && tokens.get(i + 1).isSign('(');
            boolean qualified = i > 0 && tokens.get(i - 1).isSign('.');
            reads = switch (token.kind()) {
                case WORD -> mayStand(tokens, i) && (!called || mayBeCalled(token, qualified, isNamed(tokens, i)));
                case QUOTED_NAME -> !called || isNamed(tokens, i);
                case STRING, NUMBER, SIGN -> true;
            };
        }
        return reads;
    }

    private static boolean mayStand(List<SqlToken> tokens, int i) {
        SqlToken token = tokens.get(i);
        boolean called = i + 1 < tokens.size() && tokens.get(i + 1).isSign('(');
        if (token.is("replace") && called) {
            return true; // the function; the statement has no parenthesis after the word
        }
        boolean lockingFor = token.is("for") && (i + 1 >= tokens.size() || !isPlainFor(tokens, i));
        return !WRITING.contains(token.text()) && !lockingFor;
    }

    /** {@code substring(x from 1 for 2)}; any other {@code for} locks rows or turns rows into something else. */
    private static boolean isPlainFor(List<SqlToken> tokens, int i) {
        return tokens.get(i + 1).kind() == Kind.NUMBER;
    }

    /** A function of a schema is not the one of the system, whatever its name. */
    private static boolean mayBeCalled(SqlToken token, boolean qualified, boolean named) {
        String word = token.text();
        boolean known = FUNCTIONS.contains(word) || word.equals("replace") || TYPES.contains(word);
        return named || BEFORE_PARENTHESIS.contains(word) || (known && !qualified);
    }

    /** The name of a common table with its columns, {@code with x (a, b) as (select …)}: nothing is called there. */
    private static boolean isNamed(List<SqlToken> tokens, int i) {
        int depth = 0;
        for (int at = i + 1; at < tokens.size(); at++) {
            SqlToken token = tokens.get(at);
            depth += token.isSign('(') ? 1 : token.isSign(')') ? -1 : 0;
            if (depth == 0) {
                return i > 0 && introducesName(tokens.get(i - 1)) && beginsQuery(tokens, at + 1);
            }
            boolean plain = token.kind() == Kind.WORD
                    || token.kind() == Kind.QUOTED_NAME
                    || token.isSign(',')
                    || token.isSign('(');
            if (!plain) {
                return false;
            }
        }
        return false;
    }

    /** {@code as (select}; a function's column definitions begin with a name instead. */
    private static boolean beginsQuery(List<SqlToken> tokens, int i) {
        return i + 2 < tokens.size()
                && tokens.get(i).is("as")
                && tokens.get(i + 1).isSign('(')
                && FIRST.contains(tokens.get(i + 2).text())
                && tokens.get(i + 2).kind() == Kind.WORD;
    }

    private static boolean introducesName(SqlToken before) {
        return before.is("with") || before.is("recursive") || before.isSign(',');
    }
}
