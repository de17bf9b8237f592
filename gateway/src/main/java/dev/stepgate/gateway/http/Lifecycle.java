package dev.stepgate.gateway.http;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stepgate.gateway.catalog.ServedEnvironment;
import dev.stepgate.gateway.config.Gateway;
import dev.stepgate.gateway.episode.Episode;
import dev.stepgate.gateway.episode.RunBackend.ResetObservation;
import dev.stepgate.gateway.identity.IncomingCall;
import dev.stepgate.gateway.identity.Principal;
import dev.stepgate.gateway.journal.Face;
import dev.stepgate.gateway.journal.Outcome;
import dev.stepgate.tool.Deadline;
import dev.stepgate.tool.ToolCall;

/** What every OpenEnv face does with an episode, whatever its envelope. Stateless but for the gateway it speaks to. */
final class Lifecycle {
    private final Gateway gateway;

    Lifecycle(Gateway gateway) {
        this.gateway = gateway;
    }

    /**
     * Resets an episode.
     *
     * @throws dev.stepgate.tool.Refusal when the environment cannot be started
     */
    ObjectNode reset(Episode episode, ObjectNode data) {
        ResetArguments arguments = ResetArguments.of(data);
        ResetObservation first = episode.reset(arguments.request(), deadline(episode));
        return OpenEnvWire.reset(first, arguments.ignored());
    }

    ObjectNode step(Principal principal, Episode episode, ToolCall call, Face face) {
        return OpenEnvWire.step(call.tool(), call(principal, episode, call, face));
    }

    Outcome call(Principal principal, Episode episode, ToolCall call, Face face) {
        return gateway.pipeline().handle(new IncomingCall(principal, episode, call, face, deadline(episode)));
    }

    ObjectNode listTools(ServedEnvironment environment, Principal principal) {
        return OpenEnvWire.toolList(gateway.policyGate().visibleTools(environment, principal));
    }

    private static Deadline deadline(Episode episode) {
        return Deadline.in(episode.settings().stepDeadline());
    }
}
