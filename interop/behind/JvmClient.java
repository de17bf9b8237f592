import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stepgate.client.OpenEnvClient;
import dev.stepgate.client.OpenEnvException;
import dev.stepgate.client.StepResult;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;

/** OpenEnv environments behind the gateway, played by the Java client: the same as without it. Addresses by environment. */
final class JvmClient {
    private static final String GATEWAY = System.getenv("STEPGATE_URL");
    private static final ObjectMapper JSON = new ObjectMapper();

    private JvmClient() {}

    public static void main(String[] args) {
        var checks = new Checks();
        checks.add("the Java client sees the same tools [fronted, started]", 90, () -> {
            List<String> direct = tools(direct("COUNTER_URL"));
            Checks.require(direct.size() == 6, "the environment has other tools: " + direct);
            for (String name : List.of("counter-url", "counter")) {
                Checks.equal(tools(behind(name)), direct, name);
            }
        });
        var counted = List.of(add(2), tool("fail", "{}"), add(3), add(5));
        checks.add("an MCP-tool environment plays the same with the Java client", 120, () ->
                same(direct("COUNTER_URL"), List.of("counter-url", "counter"), counted, 0.2));
        checks.add("one of openenv-core 0.3.0 plays the same with the Java client", 120, () ->
                same(direct("CORE_URL"), List.of("counter-core"), counted, 0.2));
        var guesses = List.of(
                json("{\"kind\": \"parity\"}"),
                json("{\"kind\": \"guess\", \"number\": 50, \"metadata\": {}}"),
                json("{\"kind\": \"guess\", \"number\": 13}"));
        checks.add("an environment with its own action plays the same with the Java client", 120, () ->
                same(direct("GUESS_URL"), List.of("guess-url", "guess"), guesses, -0.1));
        checks.run();
    }

    /** The first step's reward says that it was this environment that played, not an error told twice. */
    private static void same(URI direct, List<String> names, List<ObjectNode> actions, double firstReward) {
        List<JsonNode> expected = played(direct, actions);
        Checks.equal(expected.get(1).path("reward").asDouble(), firstReward, "the first reward");
        for (String name : names) {
            Checks.equal(played(behind(name), actions), expected, name);
        }
    }

    /** Two episodes: each its reset, all actions, the state. */
    private static List<JsonNode> played(URI url, List<ObjectNode> actions) {
        var transcript = new ArrayList<JsonNode>();
        try (var client = OpenEnvClient.connect(url)) {
            for (long seed = 7; seed < 9; seed++) {
                transcript.add(seen(client.reset(seed, "J" + seed, JsonNodeFactory.instance.objectNode())));
                for (ObjectNode action : actions) {
                    transcript.add(stepped(client, action));
                }
                transcript.add(client.state().fields());
            }
        }
        return transcript;
    }

    private static JsonNode stepped(OpenEnvClient client, ObjectNode action) {
        try {
            return seen(client.step(action));
        } catch (OpenEnvException.ServerError refused) {
            return JsonNodeFactory.instance.textNode(String.valueOf(refused.getMessage()).replace("tool_error: ", ""));
        }
    }

    /** What a trainer gets; the gateway's own notes are the one thing that is added. */
    private static ObjectNode seen(StepResult result) {
        ObjectNode seen = JSON.createObjectNode();
        ObjectNode observation = result.observation().deepCopy();
        observation.remove("metadata");
        ObjectNode metadata = result.metadata().deepCopy();
        metadata.remove("stepgate");
        seen.set("observation", observation);
        seen.set("reward", result.reward());
        seen.put("done", result.done());
        seen.set("metadata", metadata);
        return seen;
    }

    private static List<String> tools(URI url) {
        try (var client = OpenEnvClient.connect(url)) {
            client.reset();
            return client.tools().stream()
                    .map(tool -> tool.name() + " " + tool.description() + " " + tool.inputSchema())
                    .toList();
        }
    }

    private static ObjectNode add(int amount) {
        return tool("add", "{\"amount\": " + amount + "}");
    }

    private static ObjectNode tool(String name, String arguments) {
        ObjectNode action = json("{\"type\": \"call_tool\"}").put("tool_name", name);
        action.set("arguments", json(arguments));
        return action;
    }

    private static ObjectNode json(String text) {
        try {
            return (ObjectNode) JSON.readTree(text);
        } catch (com.fasterxml.jackson.core.JsonProcessingException malformed) {
            throw new IllegalArgumentException(malformed);
        }
    }

    private static URI direct(String variable) {
        return URI.create(System.getenv(variable));
    }

    private static URI behind(String name) {
        return URI.create(GATEWAY + "/envs/" + name);
    }
}
