package dev.stepgate.gateway.http;

import dev.stepgate.gateway.identity.Right;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Every route there is, with the right it takes. A path that is not here is not found, whatever an endpoint could make of
 * it, and a test fails for a route that the access matrix leaves out.
 */
enum Route {
    CATALOGUE(Plane.CATALOGUE, "", Right.SEE, "GET"),

    ENVIRONMENT(Plane.ENVIRONMENT, "", Right.SEE, "GET"),
    ENVIRONMENT_HEALTH(Plane.ENVIRONMENT, "health", Right.SEE, "GET"),
    METADATA(Plane.ENVIRONMENT, "metadata", Right.SEE, "GET"),
    SCHEMA(Plane.ENVIRONMENT, "schema", Right.SEE, "GET"),
    OPEN_API(Plane.ENVIRONMENT, "openapi.json", Right.SEE, "GET"),
    /** Its messages name a method of their own, and are asked again for that. */
    MCP(Plane.ENVIRONMENT, "mcp", Right.SEE, "POST", "DELETE"),
    RESET(Plane.ENVIRONMENT, "reset", Right.DRIVE, "POST"),
    STEP(Plane.ENVIRONMENT, "step", Right.DRIVE, "POST"),
    STATE(Plane.ENVIRONMENT, "state", Right.DRIVE, "GET"),
    TASK_ENVIRONMENTS(Plane.ENVIRONMENT, "list_environments", Right.DRIVE, "GET"),
    TASK_SPLITS(Plane.ENVIRONMENT, "{}/splits", Right.DRIVE, "GET"),
    TASKS(Plane.ENVIRONMENT, "{}/tasks", Right.DRIVE, "POST"),
    TASK_COUNT(Plane.ENVIRONMENT, "{}/num_tasks", Right.DRIVE, "POST"),
    TASK(Plane.ENVIRONMENT, "{}/task", Right.DRIVE, "POST"),
    TASK_RANGE(Plane.ENVIRONMENT, "{}/task_range", Right.DRIVE, "POST"),

    SOCKET(Plane.SOCKET, "ws", Right.CALL_TOOLS, "GET"),
    MCP_SOCKET(Plane.SOCKET, "mcp", Right.CALL_TOOLS, "GET"),

    EPISODES(Plane.EPISODES, "", Right.DRIVE, "GET", "POST"),
    EPISODE(Plane.EPISODES, "{}", Right.DRIVE, "GET", "DELETE"),
    TRAJECTORY(Plane.EPISODES, "{}/trajectory", Right.READ_TRAJECTORY, "GET"),

    POLICIES(Plane.POLICIES, "", Right.OPERATE, "GET"),
    POLICY_RELOAD(Plane.POLICIES, "reload", Right.OPERATE, "POST"),
    POLICY_EXPLAIN(Plane.POLICIES, "explain", Right.OPERATE, "POST"),

    /** Whoever has the role that a policy names may answer; the endpoint looks at that. */
    APPROVALS(Plane.APPROVALS, "", Right.SEE, "GET"),
    APPROVAL(Plane.APPROVALS, "{}", Right.SEE, "POST");

    /** Where routes of one kind begin. */
    enum Plane {
        /** {@code /envs} itself. */
        CATALOGUE,
        /** Below an environment's URL, or a capability. */
        ENVIRONMENT,
        /** The same, for handshakes. */
        SOCKET,
        EPISODES,
        POLICIES,
        APPROVALS
    }

    /** The first segments of paths. */
    enum Head {
        ENVIRONMENTS("envs"),
        EPISODES("episodes"),
        POLICIES("policies"),
        APPROVALS("approvals"),
        CAPABILITY("e"),
        /** Public: what clients must read before they have a token. */
        METADATA(".well-known"),
        /** Public. */
        HEALTH("health");

        private static final Map<String, Head> BY_SEGMENT =
                Arrays.stream(values()).collect(Collectors.toMap(Head::segment, Function.identity()));

        private final String segment;

        Head(String segment) {
            this.segment = segment;
        }

        static Optional<Head> of(String segment) {
            return Optional.ofNullable(BY_SEGMENT.get(segment));
        }

        String segment() {
            return segment;
        }
    }

    private static final Map<Plane, Map<String, Route>> BY_PATH = Arrays.stream(values())
            .collect(Collectors.groupingBy(
                    route -> route.plane, Collectors.toMap(route -> route.path, Function.identity())));

    private final Plane plane;
    private final String path;
    private final Right right;

    @SuppressWarnings("ImmutableEnumChecker") // made by List.of
    private final List<String> methods;

    /** @param path below its plane; {@code {}} stands for one name, in front */
    Route(Plane plane, String path, Right right, String... methods) {
        this.plane = plane;
        this.path = path;
        this.right = right;
        this.methods = List.of(methods);
    }

    /** The route of a path below a plane. Names before a known end may hold slashes; whoever reads them looks again. */
    static Optional<Route> find(Plane plane, String rest) {
        Map<String, Route> routes = BY_PATH.getOrDefault(plane, Map.of());
        @Nullable Route exact = routes.get(rest);
        if (exact != null || rest.isEmpty()) {
            return Optional.ofNullable(exact);
        }
        int slash = rest.lastIndexOf('/');
        @Nullable Route ending = slash < 1 ? null : routes.get("{}" + rest.substring(slash));
        return Optional.ofNullable(ending == null ? routes.get("{}") : ending);
    }

    Plane plane() {
        return plane;
    }

    String path() {
        return path;
    }

    /** What it takes; see {@link EnvironmentRoutes} for what there is not in production. */
    Right right() {
        return right;
    }

    /** The methods it answers; HEAD goes with GET. */
    List<String> methods() {
        return methods;
    }

    /** What OpenEnv calls the control plane: it is not there in production. */
    boolean drives() {
        return right == Right.DRIVE && plane == Plane.ENVIRONMENT;
    }
}
