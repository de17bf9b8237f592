package dev.stepgate.policy.url;

import dev.stepgate.policy.ArgumentCheck.Verdict;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Whether a URL leads to one of the named hosts. Only a spelling that all readers take alike is read at all: {@code
 * scheme://host[:port]} and then a path, query or fragment, in printable ASCII. User names, backslashes, white space, encoded
 * or numeric host names and empty parts are unclear, because clients are known to differ about each of them. Immutable and
 * thread-safe.
 */
public final class UrlAllowed {
    private static final int MAX_CHARACTERS = 8_192;
    private static final Pattern FORM = Pattern.compile("([A-Za-z][A-Za-z0-9+.-]*)://([^/?#]*)([/?#].*)?");
    private static final Pattern NAME =
            Pattern.compile("[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*");
    private static final Pattern ADDRESS = Pattern.compile("\\[[0-9A-Fa-f:.]+\\]");

    /** The last label of a name that some reader takes for an IPv4 address: decimal, octal or hexadecimal. */
    private static final Pattern NUMERIC = Pattern.compile("(.*\\.)?(\\d+|0[xX][0-9A-Fa-f]*)");

    private static final Pattern DOTTED = Pattern.compile("((25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)(\\.|$)){4}");
    private static final Map<String, Integer> OWN_PORTS =
            Map.of("http", 80, "https", 443, "ws", 80, "wss", 443, "ftp", 21);

    private final Set<String> schemes;
    private final List<String> hosts;
    private final Set<Integer> ports;

    /**
     * What may be reached.
     *
     * @param schemes in lower case
     * @param hosts in lower case, {@code *.x} for every name below {@code x}, {@code *} for every name
     * @param ports empty for each scheme's own
     */
    public UrlAllowed(List<String> schemes, List<String> hosts, List<Integer> ports) {
        this.schemes = Set.copyOf(schemes);
        this.hosts = List.copyOf(hosts);
        this.ports = Set.copyOf(ports);
    }

    /** What is to be said of a URL. */
    public Verdict check(String url) {
        Matcher form = form(url);
        if (form == null) {
            return Verdict.UNCLEAR;
        }
        String scheme = form.group(1).toLowerCase(Locale.ROOT);
        String authority = form.group(2);
        int colon = authority.lastIndexOf(':');
        boolean hasPort = colon > authority.lastIndexOf(']');
        String host = (hasPort ? authority.substring(0, colon) : authority).toLowerCase(Locale.ROOT);
        OptionalInt port = hasPort ? port(authority.substring(colon + 1)) : ownPort(scheme);
        if (!isPlainHost(host) || (hasPort && port.isEmpty())) {
            return Verdict.UNCLEAR;
        }
        boolean known = port.isPresent() && isAllowedPort(scheme, port.getAsInt());
        return Verdict.of(schemes.contains(scheme) && known && hosts.stream().anyMatch(one -> matches(one, host)));
    }

    /** The host of a URL in lower case, or empty where it is not clear. */
    public static String hostOf(String url) {
        Matcher form = form(url);
        if (form == null) {
            return "";
        }
        String authority = form.group(2);
        int colon = authority.lastIndexOf(':');
        boolean hasPort = colon > authority.lastIndexOf(']');
        String host = (hasPort ? authority.substring(0, colon) : authority).toLowerCase(Locale.ROOT);
        return isPlainHost(host) ? host : "";
    }

    private static @org.jspecify.annotations.Nullable Matcher form(String url) {
        if (url.length() > MAX_CHARACTERS || !url.chars().allMatch(c -> c > ' ' && c < 0x7f && c != '\\')) {
            return null;
        }
        Matcher form = FORM.matcher(url);
        return form.matches() && form.group(2).chars().noneMatch(c -> c == '@' || c == '%') ? form : null;
    }

    private boolean isAllowedPort(String scheme, int port) {
        return ports.isEmpty() ? ownPort(scheme).equals(OptionalInt.of(port)) : ports.contains(port);
    }

    private static OptionalInt ownPort(String scheme) {
        Integer port = OWN_PORTS.get(scheme);
        return port == null ? OptionalInt.empty() : OptionalInt.of(port);
    }

    private static OptionalInt port(String text) {
        boolean plain = !text.isEmpty()
                && text.length() <= 5
                && text.charAt(0) != '0'
                && text.chars().allMatch(c -> c >= '0' && c <= '9');
        int port = plain ? Integer.parseInt(text) : 0;
        return port > 0 && port <= 0xffff ? OptionalInt.of(port) : OptionalInt.empty();
    }

    private static boolean isPlainHost(String host) {
        if (ADDRESS.matcher(host).matches()) {
            return true;
        }
        return host.length() <= 253
                && NAME.matcher(host).matches()
                && (!NUMERIC.matcher(host).matches() || DOTTED.matcher(host).matches());
    }

    /** An address is no name: no wildcard stands for it. */
    private static boolean matches(String allowed, String host) {
        if (allowed.equals(host)) {
            return true;
        }
        boolean isName = !host.startsWith("[") && !NUMERIC.matcher(host).matches();
        return isName && (allowed.equals("*") || (allowed.startsWith("*.") && host.endsWith(allowed.substring(1))));
    }
}
