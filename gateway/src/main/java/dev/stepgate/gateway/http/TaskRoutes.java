package dev.stepgate.gateway.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stepgate.gateway.catalog.TaskSet;
import dev.stepgate.gateway.identity.Right;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * OpenEnv's Task API: which tasks an environment has. For trainers only, since a task may hold what its agent is not to
 * know. Stateless.
 */
final class TaskRoutes {
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
    private static final String LIST = "list_environments";

    /** The method of OpenEnv's environment class behind each route, by which a missing one is named. */
    private static final Map<String, String> METHODS = Map.of(
            "splits", "list_splits",
            "tasks", "list_tasks",
            "num_tasks", "num_tasks",
            "task", "get_task",
            "task_range", "get_task_range");

    private static final Set<String> KNOWN_TYPES = Set.of("train", "validation", "test");

    private TaskRoutes() {}

    static boolean has(Route route) {
        return switch (route) {
            case TASK_ENVIRONMENTS, TASK_SPLITS, TASKS, TASK_COUNT, TASK, TASK_RANGE -> true;
            default -> false;
        };
    }

    static Answer answer(Ask ask, Door door) {
        String name = door.environment().name();
        door.gateway().authenticator().require(door.principal(), Right.DRIVE);
        if (ask.rest().equals(LIST)) {
            return ask.ifGet(() -> Answer.json(200, NODES.arrayNode().add(name)));
        }
        String asked = ask.rest().substring(0, ask.rest().lastIndexOf('/'));
        String route = ask.rest().substring(asked.length() + 1);
        String method = route.equals("splits") ? "GET" : "POST";
        if (!ask.method().equals(method)) {
            return Answer.methodNotAllowed(method);
        }
        if (!asked.toLowerCase(Locale.ROOT).equals(name)) {
            return detail(404, "unknown environment '" + asked + "'");
        }
        return door.environment()
                .tasks()
                .map(tasks -> route.equals("splits") ? splits(tasks) : ofSplit(route, ask, tasks, name))
                .orElseGet(() -> detail(501, METHODS.get(route) + " is not supported for this environment"));
    }

    private static Answer splits(TaskSet tasks) {
        ArrayNode splits = NODES.arrayNode();
        for (String split : tasks.bySplit().keySet()) {
            splits.addObject().put("name", split).put("type", KNOWN_TYPES.contains(split) ? split : "validation");
        }
        return Answer.json(200, splits);
    }

    private static Answer ofSplit(String route, Ask ask, TaskSet tasks, String environment) {
        try {
            Query query = Query.read(route, ask);
            Optional<List<ObjectNode>> split = tasks.of(query.split());
            if (split.isEmpty()) {
                return detail(
                        400,
                        "unknown split; there are: "
                                + String.join(", ", tasks.bySplit().keySet()));
            }
            List<ObjectNode> all = split.get();
            return switch (route) {
                case "tasks" -> Answer.json(200, list(all).put("env_name", environment));
                case "num_tasks" -> Answer.json(200, NODES.objectNode().put("num_tasks", all.size()));
                case "task" ->
                    query.index() < 0 || query.index() >= all.size()
                            ? detail(400, "Invalid task index")
                            : Answer.json(200, NODES.objectNode().set("task", all.get((int) query.index())));
                default -> Answer.json(200, list(query.slice(all)));
            };
        } catch (InvalidBody invalid) {
            return invalid.answer();
        }
    }

    private static ObjectNode list(List<ObjectNode> tasks) {
        ObjectNode body = NODES.objectNode();
        body.putArray("tasks").addAll(tasks);
        return body;
    }

    private static Answer detail(int status, String sentence) {
        return Answer.json(status, NODES.objectNode().put("detail", sentence));
    }

    /**
     * What is asked of a split.
     *
     * @param start inclusive, as of a Python slice: negative counts from the end
     * @param stop exclusive, likewise
     */
    private record Query(String split, long index, long start, long stop) {
        private static final Map<String, Set<String>> KEYS =
                Map.of("task", Set.of("split", "index"), "task_range", Set.of("split", "start", "stop"));

        static Query read(String route, Ask ask) throws InvalidBody {
            ObjectNode body = InvalidBody.object(ask, false);
            Set<String> keys = KEYS.getOrDefault(route, Set.of("split"));
            for (Map.Entry<String, JsonNode> entry : body.properties()) {
                if (!keys.contains(entry.getKey())) {
                    throw new InvalidBody(
                            "extra_forbidden",
                            "Extra inputs are not permitted",
                            entry.getValue(),
                            "body",
                            entry.getKey());
                }
            }
            JsonNode split = required(body, "split");
            if (!split.isTextual()) {
                throw new InvalidBody("string_type", "Input should be a valid string", split, "body", "split");
            }
            return new Query(
                    split.textValue(),
                    route.equals("task") ? integer(required(body, "index"), "index", 0) : 0,
                    integer(body.path("start"), "start", 0),
                    integer(body.path("stop"), "stop", Long.MAX_VALUE));
        }

        private static JsonNode required(ObjectNode body, String key) throws InvalidBody {
            JsonNode value = body.get(key);
            if (value == null) {
                throw new InvalidBody("missing", "Field required", body, "body", key);
            }
            return value;
        }

        private static long integer(JsonNode value, String key, long absent) throws InvalidBody {
            if (value.isMissingNode() || (value.isNull() && !key.equals("index"))) {
                return absent;
            }
            if (!value.isIntegralNumber()) {
                throw new InvalidBody("int_type", "Input should be a valid integer", value, "body", key);
            }
            return value.canConvertToLong() ? value.longValue() : absent;
        }

        List<ObjectNode> slice(List<ObjectNode> all) {
            int from = position(start, all.size());
            return all.subList(from, Math.max(from, position(stop, all.size())));
        }

        private static int position(long asked, int size) {
            return Math.clamp(asked < 0 ? asked + size : asked, 0, size);
        }
    }
}
