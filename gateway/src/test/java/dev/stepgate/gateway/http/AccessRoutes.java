package dev.stepgate.gateway.http;

import dev.stepgate.gateway.http.Route.Head;
import dev.stepgate.gateway.http.Route.Plane;
import dev.stepgate.gateway.identity.Right;
import java.util.List;
import java.util.Optional;
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
     * A request to a route.
     *
     * @param method {@code WS} for a handshake
     * @param path {@code EPISODE} stands for the id of another trainer's episode
     * @param body what is sent, or empty
     * @param right what it takes, or null where nothing is asked
     * @param dialectCode the code in the body of a 200 where a refusal keeps the envelope of its dialect, else null
     * @param environment whether it belongs to one environment
     */
    record Row(
            String method,
            String path,
            String body,
            @Nullable Right right,
            @Nullable String dialectCode,
            boolean environment) {
        String name() {
            String what =
                    body.contains("tools/list") ? " tools/list" : body.contains("tools/call") ? " tools/call" : "";
            return method + " " + path + what;
        }

        boolean isUpgrade() {
            return method.equals("WS");
        }

        Optional<Head> head() {
            return Head.of(path.substring(1).split("/", 2)[0]);
        }

        /** The route that this row is one of, by the path alone. */
        Optional<Route> route() {
            String[] parts = path.substring(1).split("/", 3);
            String below = parts.length > 2 ? parts[1] + "/" + parts[2] : parts.length > 1 ? parts[1] : "";
            return head().flatMap(head -> switch (head) {
                case ENVIRONMENTS ->
                    parts.length == 1
                            ? Route.find(Plane.CATALOGUE, "")
                            : Route.find(
                                    isUpgrade() ? Plane.SOCKET : Plane.ENVIRONMENT, parts.length > 2 ? parts[2] : "");
                case EPISODES -> Route.find(Plane.EPISODES, below);
                case POLICIES -> Route.find(Plane.POLICIES, below);
                case APPROVALS -> Route.find(Plane.APPROVALS, below);
                case CAPABILITY, METADATA, HEALTH -> Optional.empty();
            });
        }
    }

    static List<Row> all() {
        return List.of(
                new Row("GET", "/envs", "", Right.SEE, null, false),
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
                new Row("POST", "/envs/echo/mcp", LIST, Right.LIST_TOOLS, "scope.missing", true),
                new Row("POST", "/envs/echo/mcp", CALL, Right.CALL_TOOLS, "scope.missing", true),
                of("POST", "/envs/echo/reset", "{}", Right.DRIVE),
                of("POST", "/envs/echo/step", STEP, Right.DRIVE),
                of("GET", "/envs/echo/state", "", Right.DRIVE),
                of("GET", "/envs/echo/reset", "", Right.DRIVE),
                of("GET", "/envs/echo/list_environments", "", Right.DRIVE),
                of("GET", "/envs/echo/echo/splits", "", Right.DRIVE),
                of("POST", "/envs/echo/echo/num_tasks", "{}", Right.DRIVE),
                of("POST", "/envs/echo/echo/tasks", "{}", Right.DRIVE),
                of("POST", "/envs/echo/echo/task", "{}", Right.DRIVE),
                of("POST", "/envs/echo/echo/task_range", "{}", Right.DRIVE),
                of("WS", "/envs/echo/ws", "", Right.CALL_TOOLS),
                of("WS", "/envs/echo/mcp", "", Right.CALL_TOOLS),
                new Row("GET", "/episodes", "", Right.DRIVE, null, false),
                new Row("POST", "/episodes", "{\"env\":\"echo\"}", Right.DRIVE, null, false),
                new Row("PUT", "/episodes", "{}", Right.DRIVE, null, false),
                new Row("GET", "/episodes/EPISODE", "", Right.DRIVE, null, false),
                new Row("DELETE", "/episodes/EPISODE", "", Right.DRIVE, null, false),
                new Row("GET", "/episodes/EPISODE/trajectory", "", Right.READ_TRAJECTORY, null, false),
                new Row("GET", "/policies", "", Right.OPERATE, null, false),
                new Row("POST", "/policies/reload", "", Right.OPERATE, null, false),
                new Row(
                        "POST",
                        "/policies/explain",
                        "{\"env\":\"echo\",\"tool\":\"echo_message\"}",
                        Right.OPERATE,
                        null,
                        false),
                new Row("GET", "/approvals", "", Right.SEE, null, false),
                new Row("POST", "/approvals/unknown", "{\"decision\":\"approve\"}", Right.SEE, null, false),
                new Row("GET", "/q/metrics", "", Right.OPERATE, null, false),
                new Row("GET", "/q/health", "", Right.OPERATE, null, false),
                new Row("GET", "/q/health/live", "", null, null, false),
                new Row("GET", "/q/health/ready", "", null, null, false),
                new Row("GET", "/health", "", null, null, false),
                new Row("GET", "/.well-known/oauth-protected-resource/envs/echo/mcp", "", null, null, false));
    }

    private static Row of(String method, String path, String body, Right right) {
        return new Row(method, path, body, right, null, true);
    }
}
