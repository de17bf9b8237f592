package dev.stepgate.environment.egress;

import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A host and a port that a sandbox may be let out to. The host is always a name: an address, in whatever form, would walk
 * around the look at what a name resolves to.
 *
 * @param host lower case, without a dot at its end
 */
public record Destination(String host, int port) {
    private static final int LONGEST = 253;
    private static final Pattern WRITTEN = Pattern.compile("([A-Za-z0-9._-]{1,253}):([0-9]{1,5})");
    private static final Pattern LABELS =
            Pattern.compile("[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?(\\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*");

    /** Resolvers read a name whose last label is a number, in any base, as an address. */
    private static final Pattern NUMBER = Pattern.compile("[0-9]+|0x[0-9a-f]*");

    /** As {@code host:port}; empty for anything that is not exactly that, an address among it. */
    public static Optional<Destination> parse(String text) {
        Matcher matcher = WRITTEN.matcher(text);
        if (!matcher.matches()) {
            return Optional.empty();
        }
        String host = matcher.group(1).toLowerCase(Locale.ROOT);
        int port = Integer.parseInt(matcher.group(2));
        boolean named = host.length() <= LONGEST
                && LABELS.matcher(host).matches()
                && !NUMBER.matcher(host.substring(host.lastIndexOf('.') + 1)).matches();
        return named && port >= 1 && port <= 65_535 ? Optional.of(new Destination(host, port)) : Optional.empty();
    }

    @Override
    public String toString() {
        return host + ":" + port;
    }
}
