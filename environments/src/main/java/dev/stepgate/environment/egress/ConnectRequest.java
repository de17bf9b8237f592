package dev.stepgate.environment.egress;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The head of a request for a connection, read so that there is one meaning or none.
 *
 * @param target what was asked for, as it was written
 * @param authorization the value of {@code Proxy-Authorization}, or an empty text
 */
record ConnectRequest(String target, String authorization) {
    private static final Pattern LINE = Pattern.compile("CONNECT ([!-~]{1,300}) HTTP/1\\.[01]");
    private static final Pattern FIELD = Pattern.compile("([!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}):[ \\t]*([ -~\\t]*)");
    private static final int MOST_FIELDS = 64;

    /** @param head all of it, its empty line included, each byte a character */
    static Optional<ConnectRequest> parse(String head) {
        List<String> lines = List.of(head.split("\r\n", -1));
        // A line break of another kind is no line break, and no character of a field either.
        Matcher first = LINE.matcher(lines.getFirst());
        if (!first.matches() || lines.size() - 3 > MOST_FIELDS) {
            return Optional.empty();
        }
        String target = first.group(1);
        String authorization = "";
        boolean hostSeen = false;
        for (String line : lines.subList(1, lines.size() - 2)) {
            Matcher field = FIELD.matcher(line);
            if (!field.matches()) {
                return Optional.empty();
            }
            String value = field.group(2).strip();
            switch (field.group(1).toLowerCase(Locale.ROOT)) {
                case "content-length", "transfer-encoding", "upgrade", "expect" -> {
                    return Optional.empty();
                }
                case "host" -> {
                    if (hostSeen || !names(value, target)) {
                        return Optional.empty();
                    }
                    hostSeen = true;
                }
                case "proxy-authorization" -> {
                    if (!authorization.isEmpty()) {
                        return Optional.empty();
                    }
                    authorization = value;
                }
                default -> {}
            }
        }
        return Optional.of(new ConnectRequest(target, authorization));
    }

    /** Some clients leave the port out there. */
    private static boolean names(String host, String target) {
        int colon = target.lastIndexOf(':');
        return host.equalsIgnoreCase(target) || (colon > 0 && host.equalsIgnoreCase(target.substring(0, colon)));
    }
}
