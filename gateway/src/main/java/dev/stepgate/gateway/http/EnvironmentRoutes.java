package dev.stepgate.gateway.http;

import dev.stepgate.gateway.catalog.ServedEnvironment;
import dev.stepgate.gateway.config.Gateway;
import dev.stepgate.gateway.episode.Episode;
import dev.stepgate.gateway.episode.Origin;
import dev.stepgate.gateway.http.OpenEnvSocket.NoSeat;
import dev.stepgate.gateway.http.OpenEnvSocket.Usher;
import dev.stepgate.gateway.http.Route.Head;
import dev.stepgate.gateway.http.Route.Plane;
import dev.stepgate.gateway.identity.Authenticator;
import dev.stepgate.gateway.identity.EpisodeCapabilities.Grant;
import dev.stepgate.gateway.identity.NotAdmitted;
import dev.stepgate.gateway.identity.Principal;
import dev.stepgate.gateway.identity.Proof;
import dev.stepgate.gateway.identity.Resource;
import dev.stepgate.gateway.identity.Right;
import dev.stepgate.gateway.identity.Role;
import dev.stepgate.gateway.session.OpenEnvSessions;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerRequest;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Where a request goes: guard, identity, environment or episode, then one of the faces. Routing reads the raw path, so that
 * no two readers of it can differ.
 */
final class EnvironmentRoutes {
    /** The largest frame that is taken on a socket, in bytes. */
    static final int MAX_FRAME = 32 * 1024 * 1024;

    /** The largest body of an OpenEnv route, in bytes. */
    static final int MAX_OPENENV_BODY = 32 * 1024 * 1024;

    /** Probes hold no token, and are told no more than whether the gateway lives and is ready. */
    private static final Set<String> PROBES = Set.of("/q/health/live", "/q/health/ready");

    private final Vertx vertx;
    private final Gateway gateway;
    private final Guard guard;
    private final @Nullable String defaultEnvironment;
    private final Challenges challenges;
    private final ResourceMetadataEndpoint metadata;
    private final CatalogEndpoint catalog;
    private final EpisodeEndpoint episodes;
    private final PolicyEndpoint policies;
    private final McpEndpoint mcp;
    private final OpenEnvHttpEndpoint openEnv;
    private final OpenEnvFrames frames;
    private final JsonRpcFrames jsonRpcFrames;

    EnvironmentRoutes(Vertx vertx, Gateway gateway, Guard guard, Optional<String> defaultEnvironment) {
        this.vertx = vertx;
        this.gateway = gateway;
        this.guard = guard;
        this.defaultEnvironment = defaultEnvironment.orElse(null);
        this.challenges = new Challenges(
                gateway.resources(), !gateway.authorizationServers().isEmpty());
        this.metadata =
                new ResourceMetadataEndpoint(gateway.resources(), gateway.grants(), gateway.authorizationServers());
        this.catalog = new CatalogEndpoint(gateway);
        this.episodes = new EpisodeEndpoint(gateway);
        this.policies = new PolicyEndpoint(gateway.approvals(), gateway.policyReload(), gateway.policyGate());
        this.mcp = new McpEndpoint(gateway, new SlowRequests(vertx));
        this.openEnv = new OpenEnvHttpEndpoint(gateway);
        this.frames = new OpenEnvFrames(gateway);
        this.jsonRpcFrames = new JsonRpcFrames(gateway);
    }

    /** Takes one request over. Runs on its event loop and does not block it. */
    void handle(HttpServerRequest request) {
        Exchange exchange = new Exchange(vertx, request);
        Optional<Answer> refused = guard.refuse(request);
        if (refused.isPresent()) {
            exchange.write(refused.get());
            return;
        }
        // The guard has refused a request without a path.
        String path = String.valueOf(request.path()).substring(1);
        route(exchange, path);
    }

    /** Lets a request through to what the gateway tells of itself: to operators, and to probes whether it lives. */
    void operations(HttpServerRequest request, Runnable next) {
        Exchange exchange = new Exchange(vertx, request);
        Optional<Answer> refused = guard.refuse(request);
        if (refused.isPresent()) {
            exchange.write(refused.get());
        } else if (PROBES.contains(request.path())) {
            next.run();
        } else {
            admitted(exchange, gateway.resources().operations(), Right.OPERATE, _ -> next.run());
        }
    }

    private void route(Exchange exchange, String path) {
        String rest = afterFirst(path);
        Optional<Head> head = Head.of(firstSegment(path));
        if (head.isEmpty()) {
            root(exchange, path);
            return;
        }
        Resource operations = gateway.resources().operations();
        switch (head.get()) {
            case ENVIRONMENTS -> environment(exchange, rest);
            case EPISODES -> {
                Resource resource = gateway.resources().episodes();
                at(Plane.EPISODES, exchange, resource, rest, EpisodeEndpoint.MAX_BODY, episodes::answer);
            }
            case POLICIES ->
                at(Plane.POLICIES, exchange, operations, rest, PolicyEndpoint.MAX_BODY, policies::policies);
            case APPROVALS ->
                at(Plane.APPROVALS, exchange, operations, rest, PolicyEndpoint.MAX_BODY, policies::approvals);
            case CAPABILITY -> capability(exchange, rest);
            case METADATA -> exchange.answer(rest, 0, metadata::answer);
            case HEALTH -> exchange.answer(path, 0, ask -> ask.ifGet(Answer::healthy));
        }
    }

    private void root(Exchange exchange, String path) {
        if (defaultEnvironment == null) {
            exchange.write(exchange.isUpgrade() ? Answer.empty(403) : Answer.notFound());
        } else {
            Resource root = gateway.resources().root(defaultEnvironment);
            named(exchange, defaultEnvironment, root, gateway.publicUrl(), path);
        }
    }

    /** A path that is no route is not found by those who may look around at all. */
    private void at(
            Plane plane,
            Exchange exchange,
            Resource resource,
            String rest,
            int maxBody,
            BiFunction<Ask, Principal, Answer> endpoint) {
        Optional<Route> route = Route.find(plane, rest);
        admitted(exchange, resource, route.map(Route::right).orElse(Right.SEE), principal -> {
            if (route.isEmpty()) {
                exchange.write(Answer.notFound());
            } else {
                exchange.answer(rest, maxBody, challenged(resource, ask -> endpoint.apply(ask, principal)));
            }
        });
    }

    private void environment(Exchange exchange, String path) {
        if (path.isEmpty()) {
            Resource resource = gateway.resources().catalogue();
            at(
                    Plane.CATALOGUE,
                    exchange,
                    resource,
                    path,
                    0,
                    (ask, principal) -> ask.ifGet(() -> catalog.all(principal)));
            return;
        }
        String name = firstSegment(path);
        Resource resource = gateway.resources().environment(name);
        named(exchange, name, resource, gateway.publicUrl() + "/envs/" + name, afterFirst(path));
    }

    private void named(Exchange exchange, String name, Resource resource, String base, String rest) {
        Optional<Route> route = found(exchange, rest);
        admitted(exchange, resource, rightFor(exchange, route), principal -> {
            Optional<ServedEnvironment> environment = gateway.environments().find(name);
            if (environment.isEmpty()) {
                exchange.write(exchange.isUpgrade() ? Answer.empty(403) : catalog.unknown(principal));
                return;
            }
            face(exchange, new Door(gateway, principal, environment.get(), base, null), resource, route, rest);
        });
    }

    private static Optional<Route> found(Exchange exchange, String rest) {
        return Route.find(exchange.isUpgrade() ? Plane.SOCKET : Plane.ENVIRONMENT, rest);
    }

    /** What a path below an environment takes; messages that hold a method of their own are asked again for that. */
    private Right rightFor(Exchange exchange, Optional<Route> route) {
        if (exchange.isUpgrade()) {
            return Right.CALL_TOOLS;
        }
        // In production nobody drives: who may see is told that there is nothing of the kind.
        return route.filter(found -> !(found.drives() && gateway.production()))
                .map(Route::right)
                .orElse(Right.SEE);
    }

    private void admitted(Exchange exchange, Resource resource, Right right, Consumer<Principal> then) {
        Authenticator authenticator = gateway.authenticator();
        Proof proof = authenticator.recognise(exchange.proof());
        exchange.admit(
                authenticator.isQuick(proof),
                () -> authenticator.admit(proof, resource, right),
                then,
                refused -> challenges.answer(refused, resource, exchange.isMcp()));
    }

    /** Work that asks for further rights is answered with the challenge that names them. */
    private Function<Ask, Answer> challenged(Resource resource, Function<Ask, Answer> work) {
        return ask -> {
            try {
                return work.apply(ask);
            } catch (NotAdmitted refused) {
                return challenges.answer(refused, resource, ask.rest().equals("mcp"));
            }
        };
    }

    /** Under a capability the capability alone decides, wherever it comes from. */
    private void capability(Exchange exchange, String path) {
        String capability = firstSegment(path);
        String rest = afterFirst(path);
        Optional<Grant> grant = gateway.capabilities().find(capability);
        Optional<ServedEnvironment> environment = grant.flatMap(
                found -> gateway.environments().find(found.episode().environment()));
        if (grant.isEmpty() || environment.isEmpty()) {
            exchange.write(exchange.isUpgrade() ? Answer.empty(403) : Answer.notFound());
            return;
        }
        Episode episode = grant.get().episode();
        Resource resource = gateway.resources().environment(episode.environment());
        Principal principal = gateway.authenticator().admit(new Proof.Capability(grant.get()), resource, Right.SEE);
        Optional<Route> route = found(exchange, rest);
        if (grant.get().role() == Role.AGENT && !route.equals(Optional.of(Route.MCP))) {
            exchange.write(Answer.forbidden("this URL is for tool calls only"));
            return;
        }
        // Not the capability itself: this goes into a document that may be logged.
        String base = gateway.publicUrl() + "/envs/" + episode.environment();
        face(exchange, new Door(gateway, principal, environment.get(), base, episode), resource, route, rest);
    }

    private void face(Exchange exchange, Door door, Resource resource, Optional<Route> found, String rest) {
        if (found.isEmpty()) {
            exchange.write(exchange.isUpgrade() ? Answer.empty(403) : Answer.notFound());
            return;
        }
        Route route = found.get();
        if (door.environment().state() instanceof ServedEnvironment.State.Unavailable(String reason)
                && !rest.isEmpty()
                && !exchange.isUpgrade()) {
            exchange.write(Answer.error(
                            503,
                            "unavailable",
                            "environment `" + door.environment().name() + "` is unavailable: " + reason)
                    .with("Retry-After", "30"));
            return;
        }
        switch (route) {
            case SOCKET -> exchange.upgrade(frames, usher(door, exchange.queryParameter("session_id")));
            case MCP_SOCKET -> exchange.upgrade(jsonRpcFrames, usher(door, Optional.empty()));
            case ENVIRONMENT ->
                exchange.answer(rest, 0, ask -> ask.ifGet(() -> catalog.one(door.environment(), door.principal())));
            case MCP -> exchange.answer(rest, McpEndpoint.MAX_BODY, challenged(resource, ask -> mcp.answer(ask, door)));
            default ->
                exchange.answer(rest, MAX_OPENENV_BODY, challenged(resource, ask -> openEnv.answer(route, ask, door)));
        }
    }

    private Usher usher(Door door, Optional<String> session) {
        return () -> {
            if (door.environment().state() instanceof ServedEnvironment.State.Unavailable(String reason)) {
                throw new NoSeat(
                        "FACTORY_ERROR", "environment `" + door.environment().name() + "` is unavailable: " + reason);
            }
            Episode fixed = door.fixed();
            if (fixed != null) {
                if (session.isPresent() && !session.get().equals(fixed.id())) {
                    throw new NoSeat("SESSION_ERROR", "Unknown session_id: " + session.get());
                }
                return CompletableFuture.completedFuture(new SocketSeat(door, fixed, () -> {}));
            }
            return session.isPresent() ? CompletableFuture.completedFuture(attached(door, session.get())) : owned(door);
        };
    }

    private CompletableFuture<SocketSeat> owned(Door door) {
        CompletableFuture<Episode> opening = gateway.episodes()
                .openInTurn(door.environment().name(), door.principal().key(), Origin.SOCKET);
        CompletableFuture<SocketSeat> seat =
                opening.thenApply(episode -> new SocketSeat(door, episode, OpenEnvSocket.once(episode::close)));
        var _ = seat.whenComplete((_, failure) -> {
            if (failure != null && !opening.cancel(false)) {
                var _ = opening.thenAccept(Episode::close); // opened in the moment in which its socket went
            }
        });
        return seat;
    }

    private SocketSeat attached(Door door, String session) throws NoSeat {
        OpenEnvSessions sessions = gateway.openEnvSessions();
        Episode episode = sessions.find(
                        session, door.principal().key(), door.environment().name())
                .orElseThrow(() -> new NoSeat("SESSION_ERROR", "Unknown session_id: " + session));
        if (!sessions.attach(episode)) {
            throw new NoSeat("SESSION_ERROR", "Session " + session + " already has an attached WebSocket");
        }
        return new SocketSeat(door, episode, OpenEnvSocket.once(() -> sessions.detach(episode)));
    }

    private static String firstSegment(String path) {
        int slash = path.indexOf('/');
        return slash < 0 ? path : path.substring(0, slash);
    }

    private static String afterFirst(String path) {
        int slash = path.indexOf('/');
        return slash < 0 ? "" : path.substring(slash + 1);
    }
}
