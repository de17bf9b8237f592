#!/usr/bin/env python3
"""Writes the bypass corpus: values that a reader somewhere takes for something that a policy does not allow.

Each line of a file is a value with Java's Unicode escapes; the file's name says which constraint none of them may pass.
Run it from here after changing it; the files are kept in the repository, so that a test does not depend on this program.
"""
import itertools, pathlib, random

random.seed(20261125)
out = pathlib.Path(__file__).parent / "resources" / "corpus"


def escape(text):
    units = text.encode("utf-16-be", "surrogatepass")
    pairs = [int.from_bytes(units[i : i + 2], "big") for i in range(0, len(units), 2)]
    return "".join(chr(u) if 0x20 <= u < 0x7F and u != 0x5C else f"\\u{u:04x}" for u in pairs)


def write(name, values):
    lines = sorted({escape(v) for v in values})
    (out / f"{name}.txt").write_text("\n".join(lines) + "\n", encoding="ascii")
    print(name, len(lines))


DOTS = ["..", "%2e%2e", "%2e.", ".%2e", "%252e%252e", "..%00", ". .", "\u2025", "\uff0e\uff0e", "\u2024\u2024", "..\u200b", "\u202e..", "...", "..\u00a0", ".. ", "..;", "..\\", "%c0%ae%c0%ae", "\\u002e\\u002e", "..\r", "..\n", "..\t", "..\x00", "..\x7f"]
SLASHES = ["/", "\\", "%2f", "%5c", "%252f", "\u2215", "\u2044", "\uff0f", "//", "/./", "\\\\", "%c0%af", "\u29f8"]
TARGETS = ["etc/passwd", "root/.ssh/id_rsa", "proc/self/environ", "workspace2/a", "etc", "home/u/.netrc", "var/run/secrets/token"]


def paths():
    for dots, slash, target, depth in itertools.product(DOTS, SLASHES, TARGETS, (1, 2)):
        climb = (dots + slash) * depth
        if dots == "..;" and slash in ("/", "//", "/./"):
            continue  # a name like any other to a file system
        yield "/workspace/" + climb + target
        yield "/workspace" + slash + climb + target if slash != "/" else "/workspace/a/" + climb * 2 + target
    for lead in ["", ".", "./", "~", "~/", "~root/", "C:", "C:\\", "c:/", "//", "///", "\\\\host\\share\\", "file://", "file:///", "http://", " /", "\t/", "\u200b/", "\ufeff/", "\uff0f", "%2f", "\\", "/proc/self/root", "/dev/fd/3/../", "/WORKSPACE", "/Workspace", "/workspac\u00e9", "/work\u0073\u0323pace", "/workspace\u0301", "/workspace\x00", "/workspaceX", "/workspace..", "/workspace-", "/workspace;", "/../workspace", "/x/../workspace", "/%77orkspace"]:
        for target in TARGETS + ["workspace/a", "a"]:
            for path in (lead + target, lead + "/" + target):
                if path != "/workspace/a":  # which is where it says it is
                    yield path
    for c in list(range(0x20)) + [0x7F] + list(range(0x80, 0xA0)) + [0x200B, 0x200C, 0x200D, 0x200E, 0x200F, 0x202A, 0x202B, 0x202C, 0x202D, 0x202E, 0x2028, 0x2029, 0x2060, 0x2066, 0x2069, 0xFEFF, 0xAD, 0xD800, 0xDFFF, 0xE0041, 0xE0001]:
        for form in ["/workspace/%sa", "/workspace/a%s", "/workspace%s/a", "%s/workspace/a"]:
            yield form % (chr(c) if c != 0x2F else "")


ALLOWED = "docs.example"
HOSTS = ["evil.example", "docs.example.evil.example", "docs.example@evil.example", "evil.example#docs.example", "evil.example?docs.example", "evil.example\\docs.example", "127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "0x7f.1", "0177.0.0.1", "2130706433", "127.1", "169.254.169.254", "[fe80::1%25eth0]", "docs.example.", ".docs.example", "docs..example", "docs.example:80", "docs.example:0443", "docs.example:443@evil.example", "docs.example:", "docs.example:65536", "docs.example:-1", "docs.example:4 43", "docs%2eexample", "docs\u3002example", "docs\uff0eexample", "d\u043ecs.example", "docs.ex\u0430mple", "docs.example%00.evil.example", "docs.example\x00.evil.example", "docs.example\t.evil.example", "docs.example\r\nHost: evil.example", " docs.example", "docs.example ", "user:pass@docs.example", "@docs.example", "docs.example%40evil.example", "docs_example", "-docs.example", "xn--docs.example", "docs.example,evil.example", "docs.example;evil.example", "[docs.example]", "docs.example\u200b", "\u2060docs.example", "docs.exampl\u00e9", "evil.example/docs.example", "0", "[::]", "[0:0:0:0:0:ffff:7f00:1]", "docs.example.example", "xdocs.example"]
SCHEMES = ["https://", "http://", "HTTP://", "https:", "https:/", "https:///", "https:\\\\", "//", "ftp://", "file://", "gopher://", "javascript://", "data:", "https://https://", "https//", "h ttps://", "\thttps://", "https\u200b://", "wss://", "jar:https://"]
TAILS = ["", "/", "/a", "/..", "?q=1", "#f", "/%2e%2e/", "/\\evil.example", "/ a", "/\u00e9", "/\n"]


def urls():
    for scheme, host, tail in itertools.product(SCHEMES, HOSTS + [ALLOWED], TAILS):
        if scheme == "https://" and host == ALLOWED and tail in ("", "/", "/a", "/..", "?q=1", "#f", "/%2e%2e/"):
            continue
        if random.random() < 0.35 or scheme == "https://":
            yield scheme + host + tail


WRITES = ["insert into t values (1)", "update t set a = 1", "delete from t", "drop table t", "truncate t", "create table x (a int)", "alter table t add b int", "merge into t using s on (t.a = s.a) when matched then delete", "replace into t values (1)", "grant all on t to public", "copy t to '/tmp/x'", "call p()", "exec p", "do 1", "load data infile '/etc/passwd' into table t", "vacuum", "attach database 'x' as y", "pragma writable_schema = 1", "set role admin", "begin", "commit", "lock table t", "explain analyze delete from t", "handler t open", "use other", "kill 1", "prepare p as delete from t", "execute p", "listen x", "notify x", "refresh materialized view v", "select 1 into outfile '/tmp/x'", "select * into t2 from t", "select a into @x from t"]
FUNCTIONS = ["pg_sleep(10)", "pg_read_file('/etc/passwd')", "lo_import('/etc/passwd')", "lo_export(1, '/tmp/x')", "dblink('x', 'delete from t')", "load_extension('x')", "writefile('/tmp/x', 'y')", "readfile('/etc/passwd')", "load_file('/etc/passwd')", "sleep(10)", "benchmark(1000000, 1)", "nextval('s')", "setval('s', 1)", "set_config('role', 'admin', false)", "pg_terminate_backend(1)", "xp_cmdshell('dir')", "sys_exec('id')", "sys_eval('id')", "query_to_xml('delete from t', true, true, '')", "edit('x')", "fts3_tokenizer('x')", "zeroblob(1000000000)", "randomblob(1000000000)", "pg_advisory_lock(1)", "database_to_xml(true, true, '')", "openrowset('x')", "utl_http.request('http://x')", "dbms_pipe.receive_message('x', 10)", "extractvalue(1, 'x')", "updatexml(1, 'x', 1)", "get_lock('x', 10)", "public.lower('x')", "x.count(1)", "\"lower\"('x')", "pg_catalog.pg_reload_conf()", "txid_current()", "pg_stat_reset()", "lastval()", "currval('s')", "eval('x')"]


def cases(text):
    yield text
    yield text.upper()
    yield "".join(c.upper() if i % 2 else c for i, c in enumerate(text))
    yield text.replace(" ", "\n")
    yield text.replace(" ", "\t ")
    yield text.replace(" ", " /* a */ ", 1)
    yield text.replace(" ", "/**/")
    yield text.replace(" ", " -- x\n", 1)
    yield text.replace(" ", "\x0b")
    yield text.replace(" ", "\x0c")
    yield text.replace(" ", "\u00a0")
    yield text + ";"
    yield text + " -- "
    yield "/*!50000 " + text + " */"
    yield "/*! " + text + " */ select 1"
    yield "/*M! " + text + " */ select 1"
    yield "/* /* */ " + text + " /* */ */"


def sqls():
    for write in WRITES:
        for text in cases(write):
            yield text
        for before in ["select 1; ", "select 1;\n", "select 1 ;;", "; ", "select '\\'; ", "select $$; ", "select 1 /*", "-- x\r", "--x\n", "#x\n", "select 1\x00; ", "\ufeff", "select 1\u2028; ", "(", "select e'\\'; ", "select \"a\\\"; "]:
            yield before + write
            yield before + write + " -- '"
        for form in ["with x as (%s returning *) select * from x", "with x as (select 1) %s", "select * from (%s) x", "select (%s)", "(%s)", "select 1 union %s", "select 1 where exists (%s)", "values (1); %s", "with recursive x as (%s) select 1", "explain %s", "select 1 union all (%s)", "with x as materialized (%s returning a) select a from x"]:
            for text in (write, write.upper(), write.replace(" ", "/**/")):
                yield form % text
    for call in FUNCTIONS:
        for form in ["select %s", "select a from t where %s", "select a from t order by %s", "select a from %s", "select a from %s as x (b int)", "select a, %s as b from t", "select (select %s)", "with x as (select %s) select * from x", "select case when 1 = 1 then %s end", "select a from t join u on %s", "select a from t group by %s", "select a from t having %s", "select a from t limit %s", "values (%s)", "select count(%s)", "select a from t where a in (select %s)", "select a from t, %s", "select coalesce(null, %s)"]:
            yield form % call
            yield form % call.upper()
            yield form % call.replace("(", " (", 1)
            yield form % call.replace("(", "/**/(", 1)
    for lock in ["for update", "for share", "for no key update", "for update nowait", "for update skip locked", "lock in share mode", "for xml path", "for system_time all"]:
        for text in cases("select a from t " + lock):
            if not text.endswith(" -- ") or "for" in text:
                yield text
    for junk in ["", " ", ";", "-- x", "/* x */", "1", "'x'", "select", "selectx", "\u017felect 1", "\uff53elect 1", "SELECT 1 --", "select 'a", "select \"a", "select `a", "select a from t where a = '\\' or 1=1 --'", "select $1", "select @a", "select @@version", "select [a] from t", "select {fn now()}", "select a#>'{b}' from t", "select ~1", "select 1 ^ 2", "select 1 & 2", "select n'x'", "select x'41'", "select _utf8'x'", "select u&'x'", "select 0x41", "select 1e", "select 'a'\n'b'", "select 'a''b"]:
        yield junk


DASH = ["-", "--", "-rf", "--output=/etc/passwd", "-oProxyCommand=x", "--exec", "-", "-\u200b"]


def dashes():
    spaces = ["", " ", "\t", "\n", "\r", "\x0b", "\x0c", "\u00a0", "\u2003", "\u3000", "\u2028", "  \t"]
    hidden = ["", "\u200b", "\u2060", "\ufeff", "\u202e", "\x00", "\x1b", "\u00ad", "\U000e0020"]
    for space, mark, dash in itertools.product(spaces, hidden, DASH):
        yield space + mark + dash
    for other in ["\u2010", "\u2011", "\u2012", "\u2013", "\u2014", "\u2212", "\ufe58", "\ufe63", "\uff0d"]:
        for space in spaces:
            yield space + other + "x"
            yield space + other + other + "output"


def words():
    """Values that look like `main`, the only one allowed by `in`."""
    for extra in ["\u200b", "\u00ad", "\u2060", "\ufeff", "\u0301", " ", "\t", "\n", "\x00", "/", ".", "%", "\u202e", "\\", "'", "\"", ";"]:
        for i in range(5):
            yield "main"[:i] + extra + "main"[i:]
    for swap in ["\u043c\u0430in", "m\u0430in", "ma\u0456n", "\uff4dain", "Main", "MAIN", "maIn", "ma\u0131n", "mai\u0578", "\U0001d426ain", "ma\u00edn", "main\u0000", "main ", " main", "main\n", "refs/heads/main", "main:x", "main..x"]:
        yield swap


if __name__ == "__main__":
    out.mkdir(exist_ok=True)
    write("within", paths())
    write("url", urls())
    write("sql", sqls())
    write("dash", dashes())
    write("in", words())
