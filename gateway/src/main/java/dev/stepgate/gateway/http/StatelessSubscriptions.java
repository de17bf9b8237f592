package dev.stepgate.gateway.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stepgate.gateway.config.Gateway;
import dev.stepgate.gateway.episode.CapacityReached;
import dev.stepgate.gateway.episode.Episode;
import dev.stepgate.gateway.identity.Right;
import dev.stepgate.mcp.JsonRpcCode;
import dev.stepgate.mcp.JsonRpcCodec;
import dev.stepgate.mcp.JsonRpcMessage.Notification;
import dev.stepgate.mcp.JsonRpcMessage.Request;
import dev.stepgate.mcp.ModernMeta;
import dev.stepgate.tool.Deadline;
import dev.stepgate.tool.Downstream;
import dev.stepgate.tool.Refusal;
import dev.stepgate.tool.Reply;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/** The streams of {@code subscriptions/listen}: what changes in an environment, told to whoever asked for it. */
final class StatelessSubscriptions {
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
    private static final int MOST_STREAMS = 10_000;
    private static final int MOST_RESOURCES = 100;
    private static final Duration TO_END = Duration.ofSeconds(5);

    /** The wishes that are booleans: the capability that offers them, and the notification that they are for. */
    private static final Map<String, String> CHANGES = Map.of(
            "toolsListChanged", "tools",
            "promptsListChanged", "prompts",
            "resourcesListChanged", "resources");

    private final Gateway gateway;
    private final AtomicInteger open = new AtomicInteger();

    StatelessSubscriptions(Gateway gateway) {
        this.gateway = gateway;
    }

    /** What one stream is for: capabilities whose lists are watched, and resources. */
    private record Wanted(List<String> lists, List<String> resources) {
        boolean hears(String method, ObjectNode params) {
            return switch (method) {
                case "notifications/resources/updated" ->
                    resources.contains(params.path("uri").asText(""));
                default -> lists.stream().anyMatch(list -> method.equals("notifications/" + list + "/list_changed"));
            };
        }

        boolean isEmpty() {
            return lists.isEmpty() && resources.isEmpty();
        }
    }

    Answer listen(Ask ask, Door door, Request request, ObjectNode params) {
        gateway.authenticator().require(door.principal(), Right.LIST_TOOLS);
        if (!(params.path("notifications") instanceof ObjectNode wishes)
                || !ask.wire().takesEvents()) {
            return refused(request, JsonRpcCode.INVALID_PARAMS, "`notifications` and an event stream are needed");
        }
        if (open.get() >= MOST_STREAMS || wishes.path("resourceSubscriptions").size() > MOST_RESOURCES) {
            return refused(request, JsonRpcCode.INTERNAL_ERROR, "Subscription limit reached");
        }
        ObjectNode agreed = agreed(wishes, door.environment().capabilities());
        Wanted wanted = wanted(agreed);
        if (wanted.isEmpty()) {
            begin(ask, request, agreed, List.of());
            return Answer.ELSEWHERE;
        }
        try {
            Episode episode = door.episode();
            gateway.authenticator().require(door.principal(), Right.CALL_TOOLS);
            EventStream[] stream = new EventStream[1];
            Mailbox mailbox = new Mailbox((method, told) -> {
                if (stream[0] != null && wanted.hears(method, told)) {
                    stream[0].send(null, JsonRpcCodec.bytes(new Notification(method, stamped(told, request.id()))));
                }
            });
            List<Runnable> undo = new ArrayList<>();
            undo.add(gateway.passages().listen(door.principal(), episode, mailbox, ask.deadline()));
            subscribe(door, episode, wanted, ask.deadline(), agreed, undo);
            stream[0] = begin(ask, request, agreed, undo);
            return Answer.ELSEWHERE;
        } catch (CapacityReached reached) {
            return Answer.json(
                            503,
                            JsonRpcAnswers.error(request.id(), JsonRpcCode.INTERNAL_ERROR, reached.sentence(), null))
                    .with("Retry-After", "5");
        } catch (Refusal refusal) {
            return refused(request, JsonRpcCode.INTERNAL_ERROR, refusal.code() + ": " + refusal.reason());
        }
    }

    private void subscribe(
            Door door, Episode episode, Wanted wanted, Deadline deadline, ObjectNode agreed, List<Runnable> undo) {
        ArrayNode subscribed = NODES.arrayNode();
        for (String uri : wanted.resources()) {
            ObjectNode params = NODES.objectNode().put("uri", uri);
            Reply reply = gateway.passages()
                    .handle(door.principal(), episode, "resources/subscribe", params, deadline, Downstream.NOBODY);
            if (reply instanceof Reply.Result) {
                subscribed.add(uri);
                undo.add(() -> {
                    var _ = gateway.passages()
                            .handle(
                                    door.principal(),
                                    episode,
                                    "resources/unsubscribe",
                                    params,
                                    Deadline.in(TO_END),
                                    Downstream.NOBODY);
                });
            }
        }
        if (!wanted.resources().isEmpty()) {
            agreed.set("resourceSubscriptions", subscribed);
        }
    }

    private EventStream begin(Ask ask, Request request, ObjectNode agreed, List<Runnable> undo) {
        EventStream stream = ask.wire().stream();
        open.incrementAndGet();
        ask.wire()
                .onGone(() -> Thread.ofVirtual().name("end-listen").start(() -> {
                    open.decrementAndGet();
                    undo.forEach(StatelessSubscriptions::quietly);
                }));
        ObjectNode params = NODES.objectNode();
        params.set("notifications", agreed);
        stream.send(
                null,
                JsonRpcCodec.bytes(
                        new Notification("notifications/subscriptions/acknowledged", stamped(params, request.id()))));
        return stream;
    }

    private static void quietly(Runnable undo) {
        try {
            undo.run();
        } catch (Refusal gone) {
            // There is nothing to undo in what has ended.
        }
    }

    private static ObjectNode stamped(ObjectNode params, JsonNode id) {
        ObjectNode stamped = params.deepCopy();
        ObjectNode meta = stamped.path("_meta") instanceof ObjectNode given ? given : stamped.putObject("_meta");
        meta.set(ModernMeta.SUBSCRIPTION_ID, id);
        return stamped;
    }

    /** The part of what was asked for that this environment can have something to say about. */
    private static ObjectNode agreed(ObjectNode wishes, ObjectNode capabilities) {
        ObjectNode agreed = NODES.objectNode();
        CHANGES.forEach((wish, capability) -> {
            if (wishes.path(wish).asBoolean(false)
                    && capabilities.path(capability).path("listChanged").asBoolean(false)) {
                agreed.put(wish, true);
            }
        });
        JsonNode resources = wishes.path("resourceSubscriptions");
        if (resources.isArray()
                && capabilities.path("resources").path("subscribe").asBoolean(false)) {
            agreed.set("resourceSubscriptions", resources.deepCopy());
        }
        return agreed;
    }

    private static Wanted wanted(ObjectNode agreed) {
        List<String> lists = CHANGES.entrySet().stream()
                .filter(change -> agreed.path(change.getKey()).asBoolean(false))
                .map(Map.Entry::getValue)
                .toList();
        List<String> resources = new ArrayList<>();
        agreed.path("resourceSubscriptions").forEach(uri -> {
            if (uri.isTextual()) {
                resources.add(uri.textValue());
            }
        });
        return new Wanted(lists, List.copyOf(resources));
    }

    private static Answer refused(Request request, int code, String sentence) {
        return Answer.json(StatelessAnswers.status(code), JsonRpcAnswers.error(request.id(), code, sentence, null));
    }
}
