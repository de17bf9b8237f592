package dev.stepgate.gateway.http;

import dev.stepgate.gateway.catalog.ServedEnvironment;
import dev.stepgate.gateway.config.Gateway;
import dev.stepgate.gateway.episode.Episode;
import dev.stepgate.gateway.episode.Origin;
import dev.stepgate.gateway.http.OpenEnvSocket.NoSeat;
import dev.stepgate.gateway.http.OpenEnvSocket.Usher;
import dev.stepgate.gateway.identity.EpisodeCapabilities.Grant;
import dev.stepgate.gateway.identity.NotAdmitted;
import dev.stepgate.gateway.identity.Principal;
import dev.stepgate.gateway.identity.Proof;
import dev.stepgate.gateway.identity.Role;
import dev.stepgate.gateway.session.OpenEnvSessions;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.SocketAddress;
import java.net.InetAddress;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
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

    private final Vertx vertx;
    private final Gateway gateway;
    private final Guard guard;
    private final @Nullable String defaultEnvironment;
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
        this.catalog = new CatalogEndpoint(gateway);
        this.episodes = new EpisodeEndpoint(gateway);
        this.policies = new PolicyEndpoint(gateway.approvals(), gateway.policyReload());
        this.mcp = new McpEndpoint(gateway);
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
        try {
            route(exchange, path);
        } catch (NotAdmitted notAdmitted) {
            exchange.write(Answer.error(401, "not_admitted", notAdmitted.sentence()));
        }
    }

    private void route(Exchange exchange, String path) {
        String head = firstSegment(path);
        String rest = afterFirst(path);
        switch (head) {
            case "envs" -> environment(exchange, rest);
            case "episodes" -> {
                Principal principal = peer(exchange);
                exchange.answer(rest, EpisodeEndpoint.MAX_BODY, ask -> episodes.answer(ask, principal));
            }
            case "policies" -> {
                Principal principal = peer(exchange);
                exchange.answer(rest, PolicyEndpoint.MAX_BODY, ask -> policies.policies(ask, principal));
            }
            case "approvals" -> {
                Principal principal = peer(exchange);
                exchange.answer(rest, PolicyEndpoint.MAX_BODY, ask -> policies.approvals(ask, principal));
            }
            case "e" -> capability(exchange, rest);
            case "health" -> exchange.answer(path, 0, ask -> ask.ifGet(Answer::healthy));
            default -> {
                if (defaultEnvironment == null) {
                    exchange.write(exchange.isUpgrade() ? Answer.empty(403) : Answer.notFound());
                } else {
                    named(exchange, defaultEnvironment, gateway.publicUrl(), path);
                }
            }
        }
    }

    private void environment(Exchange exchange, String path) {
        if (path.isEmpty()) {
            Principal principal = peer(exchange);
            exchange.answer(path, 0, ask -> ask.ifGet(() -> catalog.all(principal)));
            return;
        }
        String name = firstSegment(path);
        named(exchange, name, gateway.publicUrl() + "/envs/" + name, afterFirst(path));
    }

    private void named(Exchange exchange, String name, String base, String rest) {
        Principal principal = peer(exchange);
        Optional<ServedEnvironment> environment = gateway.environments().find(name);
        if (environment.isEmpty()) {
            exchange.write(exchange.isUpgrade() ? Answer.empty(403) : catalog.unknown(name));
            return;
        }
        face(exchange, new Door(gateway, principal, environment.get(), base, null), rest);
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
        boolean agent = grant.get().role() == Role.AGENT;
        if (agent && (!rest.equals("mcp") || exchange.isUpgrade())) {
            exchange.write(Answer.forbidden("this URL is for tool calls only"));
            return;
        }
        Principal principal = gateway.authenticator().admit(new Proof.Capability(grant.get()));
        Episode episode = grant.get().episode();
        // Not the capability itself: this goes into a document that may be logged.
        String base = gateway.publicUrl() + "/envs/" + episode.environment();
        face(exchange, new Door(gateway, principal, environment.get(), base, episode), rest);
    }

    private void face(Exchange exchange, Door door, String rest) {
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
        if (exchange.isUpgrade()) {
            socket(exchange, door, rest);
            return;
        }
        switch (rest) {
            case "" ->
                exchange.answer(rest, 0, ask -> ask.ifGet(() -> catalog.one(door.environment(), door.principal())));
            case "mcp" -> exchange.answer(rest, McpEndpoint.MAX_BODY, ask -> mcp.answer(ask, door));
            default -> exchange.answer(rest, MAX_OPENENV_BODY, ask -> openEnv.answer(ask, door));
        }
    }

    private void socket(Exchange exchange, Door door, String rest) {
        switch (rest) {
            case "ws" -> exchange.upgrade(frames, usher(door, exchange.queryParameter("session_id")));
            case "mcp" -> exchange.upgrade(jsonRpcFrames, usher(door, Optional.empty()));
            default -> exchange.write(Answer.empty(403));
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

    private Principal peer(Exchange exchange) {
        return gateway.authenticator().admit(new Proof.Peer(isLoopback(exchange.peer())));
    }

    private static boolean isLoopback(@Nullable SocketAddress address) {
        String host = address == null ? null : address.hostAddress();
        // hostAddress is a literal, so nothing is looked up.
        return host != null && InetAddress.ofLiteral(host).isLoopbackAddress();
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
