package dev.stepgate.gateway.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stepgate.json.JsonProblem;
import dev.stepgate.json.StrictJson;
import java.io.Serial;

/** A body that does not fit its model, told in the shape that Pydantic gives it. */
final class InvalidBody extends Exception {
    @Serial
    private static final long serialVersionUID = 1;

    private final transient ArrayNode detail;

    InvalidBody(String type, String text, JsonNode input, String... location) {
        this(JsonNodeFactory.instance.arrayNode());
        ObjectNode error = detail.addObject().put("type", type);
        ArrayNode loc = error.putArray("loc");
        for (String part : location) {
            loc.add(part);
        }
        error.put("msg", text);
        error.set("input", input);
    }

    InvalidBody(ArrayNode detail) {
        super("invalid", null, false, false);
        this.detail = detail;
    }

    Answer answer() {
        return Answer.json(422, JsonNodeFactory.instance.objectNode().set("detail", detail));
    }

    /**
     * The object that a body is.
     *
     * @param optional whether nothing and null stand for an empty one, and numbers are read as leniently as for a reset
     */
    static ObjectNode object(Ask ask, boolean optional) throws InvalidBody {
        if (optional && ask.body().length == 0) {
            return JsonNodeFactory.instance.objectNode();
        }
        if (!ask.isJson()) {
            throw notADictionary(NullNode.instance);
        }
        try {
            JsonNode body = optional
                    ? StrictJson.parse(ask.body(), JsonRpcAnswers.LENIENT_FRAME)
                    : JsonRpcAnswers.finite(ask.body());
            if (body instanceof ObjectNode object) {
                return object;
            }
            if (optional && body.isNull()) {
                return JsonNodeFactory.instance.objectNode();
            }
            throw notADictionary(body);
        } catch (JsonProblem malformed) {
            InvalidBody invalid =
                    new InvalidBody("json_invalid", "JSON decode error", JsonNodeFactory.instance.objectNode(), "body");
            ((ObjectNode) invalid.detail.get(0)).putObject("ctx").put("error", malformed.reason());
            throw invalid;
        }
    }

    private static InvalidBody notADictionary(JsonNode input) {
        return new InvalidBody(
                "model_attributes_type",
                "Input should be a valid dictionary or object to extract fields from",
                input,
                "body");
    }
}
