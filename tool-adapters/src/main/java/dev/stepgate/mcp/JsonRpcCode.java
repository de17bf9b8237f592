package dev.stepgate.mcp;

/** Error codes of JSON-RPC 2.0 and of MCP that mean the same in every revision. */
public final class JsonRpcCode {
    public static final int PARSE_ERROR = -32700;
    public static final int INVALID_REQUEST = -32600;
    public static final int METHOD_NOT_FOUND = -32601;

    /** Also MCP's answer to the call of an unknown tool. */
    public static final int INVALID_PARAMS = -32602;

    public static final int INTERNAL_ERROR = -32603;

    private JsonRpcCode() {}
}
