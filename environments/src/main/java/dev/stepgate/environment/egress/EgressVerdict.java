package dev.stepgate.environment.egress;

import java.util.Locale;

/** What came of one wish to get out. */
public enum EgressVerdict {
    /** A connection was opened. */
    OPENED(200, ""),
    /** What was sent is no request that the proxy takes. */
    REQUEST(400, "the proxy takes `CONNECT host:port` and nothing else: no plain http, no body, one matching Host"),
    /** The sandbox's own token is missing, or it is another's. */
    TOKEN(407, "the proxy takes the credentials of this sandbox's own HTTPS_PROXY variable"),
    /** An address stands where a name belongs. */
    LITERAL(403, "a host is named, not given as an address"),
    /** The host is not listed. */
    HOST(403, "this host is not listed under `isolation: egress` of the environment's manifest"),
    /** The host is listed with another port. */
    PORT(403, "this host is listed under `isolation: egress` with another port"),
    /** The name leads to an address that is not of the world. */
    ADDRESS(403, "this name leads to an address of this machine, of a private network or of a cloud's own services"),
    /** The name leads nowhere. */
    UNRESOLVED(502, "this name cannot be resolved by the gateway"),
    /** Nobody answers there. */
    UNREACHABLE(502, "this host does not accept a connection from the gateway"),
    /** As many connections as one sandbox may have are open. */
    BUSY(503, "this sandbox has as many connections open as it may"),
    /** The sandbox has used up what it may send, receive or open. */
    SPENT(403, "this sandbox has used up its connections or bytes"),
    /** The gateway failed. */
    FAILED(500, "the proxy failed");

    private final int status;
    private final String sentence;
    private final String code = "egress." + name().toLowerCase(Locale.ROOT);

    EgressVerdict(int status, String sentence) {
        this.status = status;
        this.sentence = sentence;
    }

    /** The status of the answer. */
    public int status() {
        return status;
    }

    /** A stable name, for example {@code egress.host}. */
    public String code() {
        return code;
    }

    /** Why, with the way out. */
    public String sentence() {
        return sentence;
    }
}
