package dev.stepgate.gateway.upstream;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stepgate.environment.Passage;
import dev.stepgate.environment.Upstream;
import dev.stepgate.gateway.credential.RunCredentials;
import dev.stepgate.tool.Deadline;
import dev.stepgate.tool.Downstream;
import dev.stepgate.tool.Refusal;
import dev.stepgate.tool.Reply;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Consumer;

/**
 * What passes of one run's upstreams beside their tools: prompts, resources, completion, the level of logging. Each upstream
 * has a part in what its manifest names. Lists are put together; everything else goes to the one that has it.
 */
public final class Passages {
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
    private static final int NOT_THERE = -32002;
    private static final int INVALID = -32602;
    private static final int MOST_ENTRIES = 1_000;
    private static final int MOST_PAGES = 100;
    private static final Reply NOT_SERVED = new Reply.Failure(Downstream.NOT_SERVED, "Method not found", null);

    private final List<UpstreamLink> links;
    private final Listening listening;
    private final Consumer<UpstreamLink> toolsChanged;
    private final RunCredentials credentials;

    /** @param toolsChanged is told which upstream says that its tools are other ones now */
    Passages(
            List<UpstreamLink> links,
            Listening listening,
            Consumer<UpstreamLink> toolsChanged,
            RunCredentials credentials) {
        this.credentials = credentials;
        this.links = links;
        this.listening = listening;
        this.toolsChanged = toolsChanged;
    }

    /**
     * Makes one request.
     *
     * @throws Refusal when the upstream that has what is asked for fails
     */
    public Reply request(String method, ObjectNode params, Deadline deadline, Downstream downstream) {
        Ask ask = new Ask(method, params, deadline, downstream);
        return switch (method) {
            case "prompts/list" -> list(ask, Passage.PROMPTS, "prompts");
            case "resources/list" -> list(ask, Passage.RESOURCES, "resources");
            case "resources/templates/list" -> list(ask, Passage.RESOURCES, "resourceTemplates");
            case "resources/read", "resources/subscribe", "resources/unsubscribe" -> first(ask, Passage.RESOURCES);
            case "prompts/get" -> prompt(ask, Passage.PROMPTS, "name");
            case "completion/complete" ->
                "ref/prompt".equals(params.path("ref").path("type").textValue())
                        ? prompt(ask, Passage.COMPLETIONS, "ref")
                        : first(ask, Passage.COMPLETIONS);
            case "logging/setLevel" -> all(ask);
            default -> NOT_SERVED;
        };
    }

    private record Ask(String method, ObjectNode params, Deadline deadline, Downstream downstream) {
        Ask with(ObjectNode other) {
            return new Ask(method, other, deadline, downstream);
        }
    }

    /** Has a listener told what the upstreams say of themselves, for as long as the run lasts or until it is taken back. */
    public Runnable listen(BiConsumer<String, ObjectNode> listener, Deadline deadline) {
        if (!listening.add(listener)) {
            throw Refusal.environmentFailed("too many listen to this episode");
        }
        for (UpstreamLink link : links) {
            Set<Passage> passes = link.upstream().visible().passes();
            try {
                link.open(deadline)
                        .adapter()
                        .listen(
                                (method, params) -> {
                                    if (method.equals("notifications/tools/list_changed")) {
                                        toolsChanged.accept(link);
                                    }
                                    if (Listening.passes(method, passes)) {
                                        listening.tell(method, params);
                                    }
                                },
                                deadline);
            } catch (Refusal gone) {
                // The others go on.
            }
        }
        return () -> listening.remove(listener);
    }

    private List<UpstreamLink> with(Passage passage) {
        return links.stream()
                .filter(link -> link.upstream().visible().passes().contains(passage))
                .toList();
    }

    private Reply request(UpstreamLink link, Ask ask) {
        Downstream agent = new GatedDownstream(link.upstream().visible().passes(), false, ask.downstream());
        return link.use(
                ask.deadline(),
                adapter -> adapter.request(
                        ask.method(),
                        ask.params(),
                        credentials.ofSession(link.upstream().name()),
                        ask.deadline(),
                        agent));
    }

    /** One upstream's page as it is, with its cursor; of several everything, on one page. */
    private Reply list(Ask ask, Passage passage, String key) {
        List<UpstreamLink> having = with(passage);
        if (having.isEmpty()) {
            return NOT_SERVED;
        }
        if (having.size() == 1) {
            Reply reply = request(having.getFirst(), ask);
            if (passage == Passage.PROMPTS && reply instanceof Reply.Result(ObjectNode result)) {
                rename(having.getFirst().upstream(), result.path(key));
            }
            return reply;
        }
        ObjectNode together = NODES.objectNode();
        ArrayNode entries = together.putArray(key);
        Set<String> names = new HashSet<>();
        InParallel.each(having, link -> everything(link, ask, key)).forEach(attempt -> {
            List<JsonNode> found = attempt.result();
            if (found != null) {
                found.stream()
                        .filter(entry -> names.add(entry.path(nameKey(key)).asText("")))
                        .forEach(entries::add);
            }
        });
        return new Reply.Result(together);
    }

    private static String nameKey(String list) {
        return switch (list) {
            case "prompts" -> "name";
            case "resources" -> "uri";
            default -> "uriTemplate";
        };
    }

    private List<JsonNode> everything(UpstreamLink link, Ask ask, String key) {
        List<JsonNode> entries = new ArrayList<>();
        ObjectNode params = ask.params().deepCopy();
        params.remove("cursor");
        Set<String> cursors = new HashSet<>();
        for (int page = 0; page < MOST_PAGES && entries.size() < MOST_ENTRIES; page++) {
            if (!(request(link, ask.with(params)) instanceof Reply.Result(ObjectNode result))) {
                break;
            }
            if (key.equals("prompts")) {
                rename(link.upstream(), result.path(key));
            }
            result.path(key).forEach(entries::add);
            JsonNode cursor = result.path("nextCursor");
            if (!cursor.isTextual() || !cursors.add(cursor.textValue())) {
                break;
            }
            params = params.deepCopy().put("cursor", cursor.textValue());
        }
        return entries;
    }

    /** Prompts have the names that tools would have, but for aliases. */
    private static void rename(Upstream upstream, JsonNode prompts) {
        String template = upstream.visible().template();
        for (JsonNode prompt : prompts) {
            if (prompt instanceof ObjectNode object && !template.equals("{tool}")) {
                object.put(
                        "name", template.replace("{tool}", prompt.path("name").asText("")));
            }
        }
    }

    private static Optional<String> ownName(Upstream upstream, String visible) {
        String template = upstream.visible().template();
        String before = template.substring(0, template.indexOf("{tool}"));
        String after = template.substring(before.length() + "{tool}".length());
        boolean fits = visible.length() > before.length() + after.length()
                && visible.startsWith(before)
                && visible.endsWith(after);
        return fits
                ? Optional.of(visible.substring(before.length(), visible.length() - after.length()))
                : Optional.empty();
    }

    /** The upstream with the prompt that is named, in {@code params} or below {@code ref}. */
    private Reply prompt(Ask ask, Passage passage, String key) {
        boolean nested = key.equals("ref");
        String visible =
                (nested ? ask.params().path("ref") : ask.params()).path("name").asText("");
        Reply reply = with(passage).isEmpty() ? NOT_SERVED : new Reply.Failure(INVALID, "Unknown prompt", null);
        for (UpstreamLink link : with(passage)) {
            Optional<String> own = ownName(link.upstream(), visible);
            if (own.isEmpty()) {
                continue;
            }
            ObjectNode params = ask.params();
            if (!own.get().equals(visible)) {
                params = params.deepCopy();
                (nested ? (ObjectNode) params.get("ref") : params).put("name", own.get());
            }
            reply = request(link, ask.with(params));
            if (!isNotThere(reply)) {
                return reply;
            }
        }
        return reply;
    }

    /** The first upstream that does not say that there is no such thing. */
    private Reply first(Ask ask, Passage passage) {
        Reply reply = NOT_SERVED;
        for (UpstreamLink link : with(passage)) {
            reply = request(link, ask);
            if (!isNotThere(reply)) {
                return reply;
            }
        }
        return reply;
    }

    private static boolean isNotThere(Reply reply) {
        return reply instanceof Reply.Failure failure
                && (failure.code() == NOT_THERE
                        || failure.code() == INVALID
                        || failure.code() == Downstream.NOT_SERVED);
    }

    private Reply all(Ask ask) {
        List<UpstreamLink> having = with(Passage.LOGGING);
        Reply reply = NOT_SERVED;
        for (UpstreamLink link : having) {
            Reply one = request(link, ask);
            reply = reply instanceof Reply.Result ? reply : one;
        }
        return reply;
    }
}
