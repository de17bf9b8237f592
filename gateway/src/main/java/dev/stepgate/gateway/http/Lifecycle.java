package dev.stepgate.gateway.http;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stepgate.environment.Upstream;
import dev.stepgate.gateway.config.Gateway;
import dev.stepgate.gateway.episode.Episode;
import dev.stepgate.gateway.episode.RunBackend.ResetObservation;
import dev.stepgate.gateway.identity.IncomingCall;
import dev.stepgate.gateway.identity.Right;
import dev.stepgate.gateway.journal.Outcome;
import dev.stepgate.tool.Deadline;
import dev.stepgate.tool.Refusal;
import java.util.List;

/** What every OpenEnv face does with an episode, whatever its envelope. Stateless but for the gateway it speaks to. */
final class Lifecycle {
    private final Gateway gateway;

    Lifecycle(Gateway gateway) {
        this.gateway = gateway;
    }

    /**
     * Resets an episode.
     *
     * @throws Refusal when the environment cannot be started
     */
    ObjectNode reset(Episode episode, ObjectNode data, Deadline answer) {
        ResetArguments arguments = ResetArguments.of(data);
        ResetObservation first = episode.reset(
                arguments.request(), answer.atMost(episode.settings().stepDeadline()));
        return OpenEnvWire.reset(first, ignored(episode, arguments));
    }

    /** An OpenEnv environment is given every argument, and does not say which it took. */
    private List<String> ignored(Episode episode, ResetArguments arguments) {
        List<Upstream> upstreams = gateway.environments()
                .find(episode.environment())
                .map(environment -> environment.manifest().upstreams())
                .orElse(List.of());
        return upstreams.stream().anyMatch(Upstream::isOpenEnv)
                ? List.of()
                : arguments.ignored().stream()
                        .filter(name -> upstreams.stream()
                                .noneMatch(upstream -> upstream.resetArguments().contains(name)))
                        .toList();
    }

    /**
     * The state of an episode: the environment's own, with the run's id and step count.
     *
     * @throws Refusal when the environment does not give its state
     */
    ObjectNode state(Episode episode, Deadline answer) {
        ObjectNode own =
                episode.environmentState(answer.atMost(episode.settings().stepDeadline()));
        return OpenEnvWire.state(episode.currentRun(), own);
    }

    /**
     * A step with the environment's own action, which is the call of its tool.
     *
     * @throws Refusal when it comes to no observation, for which OpenEnv has no shape here
     */
    ObjectNode act(IncomingCall call) {
        return switch (call(call)) {
            case Outcome.Refused refused -> throw refused.refusal();
            case Outcome.Observed observed -> OpenEnvWire.act(observed);
        };
    }

    /** Makes a call, within the environment's own deadline and the one by which the caller must have an answer. */
    Outcome call(IncomingCall call) {
        Deadline deadline = call.deadline().atMost(call.episode().settings().stepDeadline());
        return gateway.pipeline()
                .handle(new IncomingCall(
                        call.caller(), call.episode(), call.call(), call.face(), deadline, call.downstream()));
    }

    /** A step with {@code call_tool}. Its reward and whether it was the last are for trainers, and for nobody in production. */
    ObjectNode step(IncomingCall call) {
        Outcome outcome = call(call);
        boolean trains = !gateway.production() && gateway.authenticator().allows(call.caller(), Right.DRIVE);
        return OpenEnvWire.step(call.call().tool(), trains ? outcome : outcome.forAgents());
    }
}
