package dev.stepgate.mcp;

/** Error codes of JSON-RPC 2.0 and of MCP. */
public final class JsonRpcCode {
    public static final int PARSE_ERROR = -32700;
    public static final int INVALID_REQUEST = -32600;
    public static final int METHOD_NOT_FOUND = -32601;

    /** Also MCP's answer to the call of an unknown tool. */
    public static final int INVALID_PARAMS = -32602;

    public static final int INTERNAL_ERROR = -32603;

    /** A resource that is not there, in the revisions with sessions; the later ones say {@link #INVALID_PARAMS}. */
    public static final int RESOURCE_NOT_FOUND = -32002;

    /** MCP 2025-11-25 alone: URLs, which the data lists, have to be visited before the request is made again. */
    public static final int URL_ELICITATION_REQUIRED = -32042;

    /** MCP 2026-07-28: a header is missing, malformed, or unlike the body. */
    public static final int HEADER_MISMATCH = -32020;

    /** MCP 2026-07-28: the client would have to be able to do what it did not declare. */
    public static final int MISSING_CLIENT_CAPABILITY = -32021;

    /** MCP 2026-07-28: the revision is not spoken; the data lists those that are. */
    public static final int UNSUPPORTED_PROTOCOL_VERSION = -32022;

    private JsonRpcCode() {}
}
