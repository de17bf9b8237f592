package dev.stepgate.gateway.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stepgate.gateway.episode.RunBackend.ResetRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The arguments of a reset. Trainers pass whole rows of their data sets, so what no environment takes is no error, but it is
 * told.
 *
 * @param ignored the names that were not used
 */
record ResetArguments(ResetRequest request, List<String> ignored) {
    private static final int MAX_ID = 255;

    /** Never fails: a seed that is no integer and an id that is no string are among what was ignored. */
    static ResetArguments of(ObjectNode data) {
        List<String> ignored = new ArrayList<>();
        @Nullable Long seed = null;
        @Nullable String episodeId = null;
        ObjectNode parameters = JsonNodeFactory.instance.objectNode();
        for (Map.Entry<String, JsonNode> entry : data.properties()) {
            String name = entry.getKey();
            JsonNode value = entry.getValue();
            if (value.isNull()) { // a row without it: an environment may still tell null from absent
                if (!name.equals("seed") && !name.equals("episode_id")) {
                    parameters.set(name, value);
                }
            } else if (name.equals("seed") && value.canConvertToLong() && value.isIntegralNumber()) {
                seed = value.longValue();
            } else if (name.equals("episode_id")
                    && value.isTextual()
                    && value.textValue().length() <= MAX_ID) {
                episodeId = value.textValue();
            } else {
                parameters.set(name, value);
                ignored.add(name);
            }
        }
        return new ResetArguments(new ResetRequest(seed, episodeId, parameters), ignored);
    }
}
