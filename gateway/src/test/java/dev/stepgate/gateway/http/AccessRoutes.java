package dev.stepgate.gateway.http;

import dev.stepgate.gateway.identity.Right;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Every route and method there is, with the right it takes: the rows of the access matrix. */
final class AccessRoutes {
    private static final String LIST = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/list\"}";
    private static final String CALL =
            "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":\"echo_message\",\"arguments\":{\"message\":\"x\"}}}";
    private static final String STEP =
            "{\"action\":{\"type\":\"call_tool\",\"tool_name\":\"echo_message\",\"arguments\":{\"message\":\"x\"}}}";

    private AccessRoutes() {}

    /**
     * A route.
     *
     * @param path {@code EPISODE} stands for the id of another trainer's episode
     * @param body what is sent, or empty
     * @param right what it takes
     * @param dialectCode the code in the body of a 200 where a refusal keeps the envelope of its dialect, else null
     * @param environment whether it belongs to one environment
     */
    record Route(
            String method,
            String path,
            String body,
            Right right,
            @Nullable String dialectCode,
            boolean environment) {
        String name() {
            String what =
                    body.contains("tools/list") ? " tools/list" : body.contains("tools/call") ? " tools/call" : "";
            return method + " " + path + what;
        }
    }

    static List<Route> all() {
        return List.of(
                new Route("GET", "/envs", "", Right.SEE, null, false),
                of("GET", "/envs/echo", "", Right.SEE),
                of("GET", "/envs/echo/health", "", Right.SEE),
                of("GET", "/envs/echo/metadata", "", Right.SEE),
                of("GET", "/envs/echo/schema", "", Right.SEE),
                of("GET", "/envs/echo/openapi.json", "", Right.SEE),
                of("HEAD", "/envs/echo/schema", "", Right.SEE),
                of("POST", "/envs/echo/schema", "{}", Right.SEE),
                of("GET", "/envs/echo/nothing", "", Right.SEE),
                of("GET", "/envs/echo/mcp", "", Right.SEE),
                of("DELETE", "/envs/echo/mcp", "", Right.SEE),
                of("PUT", "/envs/echo/mcp", "{}", Right.SEE),
                new Route("POST", "/envs/echo/mcp", LIST, Right.LIST_TOOLS, "scope.missing", true),
                new Route("POST", "/envs/echo/mcp", CALL, Right.CALL_TOOLS, "scope.missing", true),
                of("POST", "/envs/echo/reset", "{}", Right.DRIVE),
                of("POST", "/envs/echo/step", STEP, Right.DRIVE),
                of("GET", "/envs/echo/state", "", Right.DRIVE),
                of("GET", "/envs/echo/reset", "", Right.DRIVE),
                of("GET", "/envs/echo/list_environments", "", Right.DRIVE),
                of("GET", "/envs/echo/echo/splits", "", Right.DRIVE),
                of("POST", "/envs/echo/echo/num_tasks", "{}", Right.DRIVE),
                new Route("GET", "/episodes", "", Right.DRIVE, null, false),
                new Route("POST", "/episodes", "{\"env\":\"echo\"}", Right.DRIVE, null, false),
                new Route("PUT", "/episodes", "{}", Right.DRIVE, null, false),
                new Route("GET", "/episodes/EPISODE", "", Right.DRIVE, null, false),
                new Route("DELETE", "/episodes/EPISODE", "", Right.DRIVE, null, false),
                new Route("GET", "/episodes/EPISODE/trajectory", "", Right.READ_TRAJECTORY, null, false),
                new Route("GET", "/policies", "", Right.OPERATE, null, false),
                new Route("POST", "/policies/reload", "", Right.OPERATE, null, false),
                new Route(
                        "POST",
                        "/policies/explain",
                        "{\"env\":\"echo\",\"tool\":\"echo_message\"}",
                        Right.OPERATE,
                        null,
                        false),
                new Route("GET", "/approvals", "", Right.SEE, null, false),
                new Route("GET", "/q/metrics", "", Right.OPERATE, null, false),
                new Route("GET", "/q/health", "", Right.OPERATE, null, false));
    }

    private static Route of(String method, String path, String body, Right right) {
        return new Route(method, path, body, right, null, true);
    }
}
