package dev.stepgate.gateway.http;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stepgate.gateway.catalog.ServedEnvironment;
import dev.stepgate.gateway.config.Gateway;
import dev.stepgate.gateway.episode.Episode;
import dev.stepgate.gateway.episode.RunBackend.ResetObservation;
import dev.stepgate.gateway.identity.IncomingCall;
import dev.stepgate.gateway.identity.Principal;
import dev.stepgate.gateway.journal.Outcome;
import dev.stepgate.tool.Deadline;

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
    ObjectNode reset(Episode episode, ObjectNode data, Deadline answer) {
        ResetArguments arguments = ResetArguments.of(data);
        ResetObservation first = episode.reset(
                arguments.request(), answer.atMost(episode.settings().stepDeadline()));
        return OpenEnvWire.reset(first, arguments.ignored());
    }

    /** Makes a call, within the environment's own deadline and the one by which the caller must have an answer. */
    Outcome call(IncomingCall call) {
        Deadline deadline = call.deadline().atMost(call.episode().settings().stepDeadline());
        return gateway.pipeline()
                .handle(new IncomingCall(call.caller(), call.episode(), call.call(), call.face(), deadline));
    }

    ObjectNode step(IncomingCall call) {
        return OpenEnvWire.step(call.call().tool(), call(call));
    }

    ObjectNode listTools(ServedEnvironment environment, Principal principal) {
        return OpenEnvWire.toolList(gateway.policyGate().visibleTools(environment, principal));
    }
}
