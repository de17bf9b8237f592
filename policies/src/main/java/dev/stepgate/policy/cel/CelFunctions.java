package dev.stepgate.policy.cel;

import dev.cel.common.CelFunctionDecl;
import dev.cel.common.CelOverloadDecl;
import dev.cel.common.types.CelType;
import dev.cel.common.types.SimpleType;
import dev.cel.runtime.CelFunctionBinding;
import dev.stepgate.policy.ArgumentCheck.Verdict;
import dev.stepgate.policy.path.PathWithin;
import dev.stepgate.policy.sql.ReadOnlySql;
import dev.stepgate.policy.url.UrlAllowed;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** The functions that a condition may call: a part of CEL's own, and ours. */
final class CelFunctions {
    /** CEL's own operators and functions that are part of the policy format. */
    static final Set<String> STANDARD = Set.of(
            "_&&_",
            "_||_",
            "!_",
            "_?_:_",
            "_==_",
            "_!=_",
            "_<_",
            "_<=_",
            "_>_",
            "_>=_",
            "_+_",
            "_-_",
            "_*_",
            "_/_",
            "_%_",
            "-_",
            "@in",
            "_[_]",
            "size",
            "contains",
            "startsWith",
            "endsWith",
            "int",
            "double",
            "string",
            "timestamp",
            "duration",
            "getFullYear",
            "getMonth",
            "getDate",
            "getDayOfMonth",
            "getDayOfWeek",
            "getDayOfYear",
            "getHours",
            "getMinutes",
            "getSeconds",
            "@not_strictly_false");

    /** Ours; {@code matches} is CEL's, but compiled once. */
    static final Set<String> OWN = Set.of("path.within", "url.host", "sql.kind", "cidr.has", "matches");

    private CelFunctions() {}

    static List<CelFunctionDecl> declarations() {
        return List.of(
                declare("path.within", SimpleType.BOOL, SimpleType.STRING, SimpleType.STRING),
                declare("url.host", SimpleType.STRING, SimpleType.STRING),
                declare("sql.kind", SimpleType.STRING, SimpleType.STRING),
                declare("cidr.has", SimpleType.BOOL, SimpleType.STRING, SimpleType.STRING),
                CelFunctionDecl.newFunctionDeclaration(
                        "matches",
                        CelOverloadDecl.newMemberOverload(
                                "bounded_matches", SimpleType.BOOL, SimpleType.STRING, SimpleType.STRING)));
    }

    private static CelFunctionDecl declare(String name, CelType result, CelType... parameters) {
        return CelFunctionDecl.newFunctionDeclaration(
                name, CelOverloadDecl.newGlobalOverload(overload(name), result, parameters));
    }

    private static String overload(String name) {
        return name.replace('.', '_');
    }

    /**
     * What the functions do.
     *
     * @param literals what was compiled of the texts in all conditions
     */
    @SuppressWarnings("Immutable") // they are complete before any condition runs
    static List<CelFunctionBinding> bindings(CelLiterals literals) {
        List<CelFunctionBinding> bindings = new ArrayList<>();
        bindings.addAll(CelFunctionBinding.fromOverloads(
                "path.within",
                CelFunctionBinding.from(
                        overload("path.within"),
                        String.class,
                        String.class,
                        (path, folder) -> within(path, literals.folder(folder)))));
        bindings.addAll(CelFunctionBinding.fromOverloads(
                "url.host", CelFunctionBinding.from(overload("url.host"), String.class, CelFunctions::host)));
        bindings.addAll(CelFunctionBinding.fromOverloads(
                "sql.kind", CelFunctionBinding.from(overload("sql.kind"), String.class, CelFunctions::kind)));
        bindings.addAll(CelFunctionBinding.fromOverloads(
                "cidr.has", CelFunctionBinding.from(overload("cidr.has"), String.class, String.class, CidrBlock::has)));
        bindings.addAll(CelFunctionBinding.fromOverloads(
                "matches",
                CelFunctionBinding.from(
                        "bounded_matches",
                        String.class,
                        String.class,
                        (text, expression) -> literals.pattern(expression).finds(text))));
        return bindings;
    }

    /** What is neither clearly inside nor clearly outside is an error, and so a deny, under whatever sign it stands. */
    private static boolean within(String path, PathWithin folder) {
        Verdict verdict = folder.check(path);
        if (verdict == Verdict.UNCLEAR) {
            throw new IllegalArgumentException("the path can be read in two ways");
        }
        return verdict == Verdict.HOLDS;
    }

    private static String host(String url) {
        return clear(UrlAllowed.hostOf(url));
    }

    private static String kind(String sql) {
        return clear(ReadOnlySql.kindOf(sql));
    }

    private static String clear(String text) {
        if (text.isEmpty()) {
            throw new IllegalArgumentException("the text can be read in two ways");
        }
        return text;
    }
}
