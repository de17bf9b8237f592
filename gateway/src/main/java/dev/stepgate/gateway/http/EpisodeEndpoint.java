package dev.stepgate.gateway.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stepgate.gateway.catalog.ServedEnvironment;
import dev.stepgate.gateway.catalog.TaskSet;
import dev.stepgate.gateway.catalog.TaskSet.Position;
import dev.stepgate.gateway.catalog.ToolCatalog;
import dev.stepgate.gateway.config.Gateway;
import dev.stepgate.gateway.episode.CapacityReached;
import dev.stepgate.gateway.episode.Episode;
import dev.stepgate.gateway.episode.EpisodeRun;
import dev.stepgate.gateway.episode.Narrowing;
import dev.stepgate.gateway.identity.Principal;
import dev.stepgate.gateway.identity.Role;
import dev.stepgate.json.JsonProblem;
import dev.stepgate.json.StrictJson;
import dev.stepgate.policy.EpisodeBudget;
import dev.stepgate.tool.Deadline;
import dev.stepgate.tool.Refusal;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** {@code /episodes}: the control plane of trainers. */
final class EpisodeEndpoint {
    static final int MAX_BODY = 1024 * 1024;
    private static final String TRAJECTORY = "/trajectory";
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
    private static final int MAX_ID = 255;
    private static final long DEFAULT_TTL = 3_600;
    private static final long MAX_TTL = 7L * 24 * 3_600;
    private static final Set<String> KEYS = Set.of("env", "episode_id", "seed", "task", "ttl", "tools", "budget");
    private static final Set<String> BUDGET_KEYS = Set.of("calls", "cost", "resultBytes");

    private final Gateway gateway;
    private final CatalogEndpoint catalog;
    private final Lifecycle lifecycle;

    EpisodeEndpoint(Gateway gateway) {
        this.gateway = gateway;
        this.catalog = new CatalogEndpoint(gateway);
        this.lifecycle = new Lifecycle(gateway);
    }

    /** Answers a caller that was admitted for what its {@link Route} takes. */
    Answer answer(Ask ask, Principal principal) {
        if (ask.rest().isEmpty()) {
            return switch (ask.method()) {
                case "POST" -> create(ask, principal);
                case "GET" -> list(principal);
                default -> Answer.methodNotAllowed("GET, POST");
            };
        }
        boolean trajectory = ask.rest().endsWith(TRAJECTORY);
        String id = trajectory ? ask.rest().substring(0, ask.rest().length() - TRAJECTORY.length()) : ask.rest();
        Optional<Episode> episode = gateway.episodes().find(principal.key(), id).filter(principal::mayUse);
        if (trajectory && episode.isEmpty() && principal.has(Role.OBSERVER)) {
            episode = observed(id, principal);
        }
        if (episode.isEmpty()) {
            return Answer.error(404, "unknown_episode", "there is no such episode of this caller's");
        }
        return trajectory ? trajectory(ask, episode.get()) : one(ask, episode.get());
    }

    /** Observers own no episodes. A name that two owners have given is nobody's here. */
    private Optional<Episode> observed(String id, Principal principal) {
        List<Episode> named = gateway.episodes().named(id).stream()
                .filter(episode -> principal.mayEnter(episode.environment()))
                .toList();
        return named.size() == 1 ? Optional.of(named.getFirst()) : Optional.empty();
    }

    private Answer one(Ask ask, Episode episode) {
        return switch (ask.method()) {
            case "GET" -> Answer.json(200, status(episode));
            case "DELETE" -> {
                episode.close();
                yield Answer.empty(204);
            }
            default -> Answer.methodNotAllowed("GET, DELETE");
        };
    }

    private Answer list(Principal principal) {
        ObjectNode body = NODES.objectNode();
        ArrayNode episodes = body.putArray("episodes");
        gateway.episodes().createdBy(principal.key()).stream()
                .filter(principal::mayUse)
                .forEach(episode -> episodes.add(status(episode)));
        return Answer.json(200, body);
    }

    private static ObjectNode status(Episode episode) {
        EpisodeRun run = episode.shownRun();
        EpisodeRun.Status status = run.status();
        return NODES.objectNode()
                .put("episode_id", episode.id())
                .put("env", episode.environment())
                .put("status", episode.statusName())
                .put("run", run.number())
                .put("step_count", status.steps())
                .put("outcome", status.outcome().wireName())
                .put("reward_sum", status.rewardSum())
                .put("expires_at", String.valueOf(episode.expiresAt()));
    }

    private Answer trajectory(Ask ask, Episode episode) {
        if (!ask.method().equals("GET")) {
            return Answer.methodNotAllowed("GET");
        }
        Lines lines = new Lines(ask.wire());
        try {
            gateway.journal().readTrajectory(episode.journal(), lines::send);
        } catch (IOException unreadable) {
            return lines.brokenOff(
                    Answer.error(503, "journal.unreadable", "the journal of this episode cannot be read"));
        }
        return lines.ended();
    }

    /** Lines that are sent as they are read, so that an episode may be longer than memory. Used by one thread. */
    private static final class Lines {
        private static final String TYPE = "application/jsonl";

        private final Wire wire;
        private @Nullable Outflow out;

        Lines(Wire wire) {
            this.wire = wire;
        }

        void send(byte[] line) throws IOException {
            Outflow begun = out;
            if (begun == null) {
                begun = wire.outflow(TYPE);
                out = begun;
            }
            if (!begun.send(Buffer.buffer(line.length + 1).appendBytes(line).appendByte((byte) '\n'))) {
                throw new IOException("the reader is gone");
            }
        }

        Answer ended() {
            if (out == null) {
                return new Answer(200, Map.of("Content-Type", TYPE), new byte[0]);
            }
            out.end();
            return Answer.ELSEWHERE;
        }

        /** @param refusal where nothing has been sent yet */
        Answer brokenOff(Answer refusal) {
            if (out == null) {
                return refusal;
            }
            out.leave();
            return Answer.ELSEWHERE;
        }
    }

    private Answer create(Ask ask, Principal principal) {
        ObjectNode body;
        try {
            if (!(StrictJson.parse(ask.body(), JsonRpcAnswers.LENIENT_FRAME) instanceof ObjectNode object)) {
                return bad("the body must be an object");
            }
            body = object;
        } catch (JsonProblem malformed) {
            return bad(malformed.reason());
        }
        return check(body).orElseGet(() -> create(body, ask.deadline(), principal));
    }

    private static Optional<Answer> check(ObjectNode body) {
        for (Map.Entry<String, JsonNode> entry : body.properties()) {
            if (!KEYS.contains(entry.getKey())) {
                return Optional.of(bad("an episode takes only env, episode_id, seed, task, ttl, tools and budget"));
            }
        }
        JsonNode id = body.path("episode_id");
        JsonNode seed = body.path("seed");
        JsonNode ttl = body.path("ttl");
        if (!body.path("env").isTextual()) {
            return Optional.of(bad("`env` must name an environment"));
        }
        if (isGiven(id)
                && !(id.isTextual() && !id.asText().isEmpty() && id.asText().length() <= MAX_ID)) {
            return Optional.of(bad("`episode_id` must be a string of 1 to 255 characters"));
        }
        if (isGiven(seed) && !(seed.isIntegralNumber() && seed.canConvertToLong() && seed.longValue() >= 0)) {
            return Optional.of(bad("`seed` must be an integer of at least 0"));
        }
        if (isGiven(ttl) && !(ttl.isIntegralNumber() && ttl.longValue() > 0 && ttl.longValue() <= MAX_TTL)) {
            return Optional.of(bad("`ttl` must be a number of seconds from 1 to " + MAX_TTL));
        }
        JsonNode budget = body.path("budget");
        if (isGiven(budget)
                && !(budget.isObject() && budget.properties().stream().allMatch(EpisodeEndpoint::isLimit))) {
            return Optional.of(bad("`budget` must hold numbers of at least 0: calls, cost, resultBytes"));
        }
        return Optional.empty();
    }

    private static boolean isLimit(Map.Entry<String, JsonNode> entry) {
        JsonNode limit = entry.getValue();
        return BUDGET_KEYS.contains(entry.getKey())
                && limit.isIntegralNumber()
                && limit.canConvertToLong()
                && limit.longValue() >= 0;
    }

    private static EpisodeBudget budget(JsonNode given) {
        return new EpisodeBudget(
                given.path("calls").asLong(Long.MAX_VALUE),
                given.path("cost").asLong(Long.MAX_VALUE),
                given.path("resultBytes").asLong(Long.MAX_VALUE));
    }

    /** The tools that are left, or empty where what is given names none of the environment's. */
    private static Optional<Narrowing> narrowing(ObjectNode body, ToolCatalog catalog) {
        EpisodeBudget budget = budget(body.path("budget"));
        JsonNode given = body.path("tools");
        if (!isGiven(given)) {
            return Optional.of(new Narrowing(null, budget));
        }
        Set<String> tools = new HashSet<>();
        given.forEach(tool -> tools.add(tool.asText()));
        boolean known = given.isArray()
                && tools.stream().allMatch(tool -> catalog.find(tool).isPresent());
        return known ? Optional.of(new Narrowing(tools, budget)) : Optional.empty();
    }

    private static boolean isGiven(JsonNode node) {
        return !node.isMissingNode() && !node.isNull();
    }

    private Answer create(ObjectNode body, Deadline deadline, Principal principal) {
        String name = body.path("env").asText();
        Optional<ServedEnvironment> environment =
                gateway.environments().find(name).filter(found -> principal.mayEnter(name));
        if (environment.isEmpty()) {
            return catalog.unknown(principal);
        }
        if (environment.get().state() instanceof ServedEnvironment.State.Unavailable(String reason)) {
            return Answer.error(503, "unavailable", "environment `" + name + "` is unavailable: " + reason)
                    .with("Retry-After", "30");
        }
        if (gateway.production() && (isGiven(body.path("seed")) || isGiven(body.path("task")))) {
            return bad("there are no seeds and no tasks in production");
        }
        ObjectNode arguments = NODES.objectNode();
        arguments.set("seed", body.path("seed").isMissingNode() ? NODES.nullNode() : body.get("seed"));
        if (isGiven(body.path("task"))) {
            Optional<Position> task = environment.get().tasks().flatMap(tasks -> position(tasks, body.path("task")));
            if (task.isEmpty()) {
                return bad("`task` must be the id of a task of this environment, or its {split, index}");
            }
            arguments.put("split", task.get().split()).put("index", task.get().index());
        }
        Optional<Narrowing> narrowing = narrowing(body, environment.get().catalog());
        if (narrowing.isEmpty()) {
            return bad("`tools` must be a list of names of this environment's tools");
        }
        @Nullable String id = body.path("episode_id").textValue();
        Duration ttl = Duration.ofSeconds(body.path("ttl").asLong(DEFAULT_TTL));
        try {
            Optional<Episode> episode = gateway.episodes().create(name, principal.key(), id, ttl, narrowing.get());
            return episode.map(opened -> opened(opened, arguments, deadline))
                    .orElseGet(() -> Answer.error(409, "episode_exists", "this caller has a live episode of that id"));
        } catch (CapacityReached reached) {
            return Answer.error(503, "capacity_reached", reached.sentence()).with("Retry-After", "5");
        }
    }

    private static Optional<Position> position(TaskSet tasks, JsonNode task) {
        if (task.isTextual()) {
            return tasks.find(task.textValue());
        }
        String split = task.path("split").asText("");
        JsonNode index = task.path("index");
        boolean there = task.size() == 2
                && index.isInt()
                && tasks.of(split)
                        .filter(all -> index.intValue() >= 0 && index.intValue() < all.size())
                        .isPresent();
        return there ? Optional.of(new Position(split, index.intValue())) : Optional.empty();
    }

    private Answer opened(Episode episode, ObjectNode arguments, Deadline deadline) {
        try {
            ObjectNode first = lifecycle.reset(episode, arguments, deadline);
            String base = gateway.publicUrl() + "/e/";
            ObjectNode answer = NODES.objectNode();
            answer.put("episode_id", episode.id());
            answer.put("base_url", base + gateway.capabilities().issue(episode, Role.TRAINER));
            answer.put("mcp_url", base + gateway.capabilities().issue(episode, Role.AGENT) + "/mcp");
            answer.put("expires_at", String.valueOf(episode.expiresAt()));
            answer.set("reset", first);
            return Answer.json(201, answer);
        } catch (Refusal refusal) {
            episode.close();
            return Answer.error(503, refusal.code(), OpenEnvWire.fault(refusal)).with("Retry-After", "5");
        }
    }

    private static Answer bad(String sentence) {
        return Answer.error(400, "bad_request", sentence);
    }
}
