package dev.stepgate.adapter;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stepgate.scrub.Scrubber;
import dev.stepgate.tool.Credential;
import dev.stepgate.tool.Deadline;
import dev.stepgate.tool.Downstream;
import dev.stepgate.tool.ForwardingDownstream;
import dev.stepgate.tool.Observation;
import dev.stepgate.tool.Reply;
import dev.stepgate.tool.ServerFeatures;
import dev.stepgate.tool.ToolAdapter;
import dev.stepgate.tool.ToolCall;
import dev.stepgate.tool.ToolDescriptor;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** Takes credentials out of everything an upstream says: results, errors, descriptions, notifications and questions. */
final class ScrubbingAdapter implements ToolAdapter {
    private final ToolAdapter adapter;
    private final Scrubber scrubber;

    ScrubbingAdapter(ToolAdapter adapter, Scrubber scrubber) {
        this.adapter = adapter;
        this.scrubber = scrubber;
    }

    @Override
    public List<ToolDescriptor> listTools(Deadline deadline) {
        return scrubber.refusals(() -> adapter.listTools(deadline)).stream()
                .map(tool -> ToolDescriptor.of(scrubber.object(tool.definition())))
                .toList();
    }

    @Override
    public Observation call(ToolCall call, Credential credential, Deadline deadline, Downstream downstream) {
        Observation observation =
                scrubber.refusals(() -> adapter.call(call, credential, deadline, new ScrubbedDownstream(downstream)));
        JsonNode reward = observation.reward();
        return new Observation(
                scrubber.object(observation.result()),
                observation.error(),
                reward == null ? null : scrubber.tree(reward),
                observation.done(),
                optional(observation.metadata()),
                optional(observation.fields()));
    }

    @Override
    public ServerFeatures features() {
        ServerFeatures said = adapter.features();
        return new ServerFeatures(scrubber.object(said.capabilities()), scrubber.text(said.era()));
    }

    @Override
    public Reply request(
            String method, ObjectNode params, Credential credential, Deadline deadline, Downstream downstream) {
        Reply reply = scrubber.refusals(
                () -> adapter.request(method, params, credential, deadline, new ScrubbedDownstream(downstream)));
        return switch (reply) {
            case Reply.Result(ObjectNode result) -> new Reply.Result(scrubber.object(result));
            case Reply.Failure(int code, String message, JsonNode data) ->
                new Reply.Failure(code, scrubber.text(message), data == null ? null : scrubber.tree(data));
        };
    }

    @Override
    public void listen(BiConsumer<String, ObjectNode> heard, Deadline deadline) {
        adapter.listen((method, params) -> heard.accept(scrubber.text(method), scrubber.object(params)), deadline);
    }

    private @Nullable ObjectNode optional(@Nullable ObjectNode node) {
        return node == null ? null : scrubber.object(node);
    }

    @Override
    public boolean usable() {
        return adapter.usable();
    }

    @Override
    public void close() {
        adapter.close();
    }

    private final class ScrubbedDownstream extends ForwardingDownstream {
        ScrubbedDownstream(Downstream agent) {
            super(agent);
        }

        @Override
        public void tell(String method, @Nullable ObjectNode params) {
            agent.tell(scrubber.text(method), optional(params));
        }

        /** The names are the upstream's own, and it gets its answers by them: a name with a secret in it is not asked. */
        @Override
        public Map<String, Reply> ask(Map<String, Question> questions) {
            Map<String, Question> clean = new HashMap<>();
            questions.forEach((name, question) -> {
                if (scrubber.text(name).equals(name)) {
                    clean.put(name, new Question(scrubber.text(question.method()), optional(question.params())));
                }
            });
            return clean.isEmpty() && !questions.isEmpty() ? Map.of() : agent.ask(clean);
        }
    }
}
