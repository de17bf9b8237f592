package dev.stepgate.mcp;

/** Keys in {@code _meta} of MCP 2026-07-28 and later, and the words that its results carry. */
public final class ModernMeta {
    public static final String PREFIX = "io.modelcontextprotocol/";
    public static final String PROTOCOL_VERSION = PREFIX + "protocolVersion";
    public static final String CLIENT_CAPABILITIES = PREFIX + "clientCapabilities";
    public static final String CLIENT_INFO = PREFIX + "clientInfo";
    public static final String LOG_LEVEL = PREFIX + "logLevel";
    public static final String SERVER_INFO = PREFIX + "serverInfo";

    /** On every message of a {@code subscriptions/listen} stream: the id of the request that opened it. */
    public static final String SUBSCRIPTION_ID = PREFIX + "subscriptionId";

    public static final String RESULT_TYPE = "resultType";
    public static final String COMPLETE = "complete";
    public static final String INPUT_REQUIRED = "input_required";

    private ModernMeta() {}
}
