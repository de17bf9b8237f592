package dev.stepgate.gateway.call;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stepgate.environment.Passage;
import dev.stepgate.gateway.catalog.ServedEnvironment;
import dev.stepgate.gateway.episode.Episode;
import dev.stepgate.gateway.episode.EpisodeRun;
import dev.stepgate.gateway.identity.Principal;
import dev.stepgate.gateway.upstream.Upstreams;
import dev.stepgate.tool.Deadline;
import dev.stepgate.tool.Downstream;
import dev.stepgate.tool.OutcomeClass;
import dev.stepgate.tool.Refusal;
import dev.stepgate.tool.Reply;
import java.util.Map;
import java.util.function.BiConsumer;

/**
 * Everything of MCP that passes beside tool calls: no step of the episode, but of its run, and on file before it leaves. What
 * may pass is said in the manifest; who may ask for it is whoever may call tools.
 */
public final class PassageRequest {
    private static final Map<String, Passage> METHODS = Map.of(
            "prompts/list", Passage.PROMPTS,
            "prompts/get", Passage.PROMPTS,
            "resources/list", Passage.RESOURCES,
            "resources/templates/list", Passage.RESOURCES,
            "resources/read", Passage.RESOURCES,
            "resources/subscribe", Passage.RESOURCES,
            "resources/unsubscribe", Passage.RESOURCES,
            "completion/complete", Passage.COMPLETIONS,
            "logging/setLevel", Passage.LOGGING);

    private final Upstreams upstreams;

    public PassageRequest(Upstreams upstreams) {
        this.upstreams = upstreams;
    }

    /** Whether a method is one that can pass at all. */
    public static boolean isOne(String method) {
        return METHODS.containsKey(method);
    }

    /** Whether any upstream of an environment may be asked this. */
    public static boolean isOffered(String method, ServedEnvironment environment) {
        Passage passage = METHODS.get(method);
        return passage != null
                && environment.manifest().upstreams().stream()
                        .anyMatch(upstream -> upstream.visible().passes().contains(passage));
    }

    /**
     * Makes a request.
     *
     * @throws Refusal when the upstream fails, the record can not be written, or the episode is over
     */
    public Reply handle(
            Principal caller,
            Episode episode,
            String method,
            ObjectNode params,
            Deadline deadline,
            Downstream downstream) {
        requireOwn(caller, episode);
        EpisodeRun run = episode.currentRun();
        run.enter();
        try {
            run.journal().passing(run.episodeId(), run.number(), caller.subject(), method, params);
            return upstreams.passages(run, deadline).request(method, params, deadline, downstream);
        } catch (Refusal refusal) {
            if (run.failed(refusal) && refusal.outcome().isFault()) {
                episode.runEnded(run);
            }
            throw refusal;
        } finally {
            run.leave();
        }
    }

    /** Has a listener told what the upstreams of the episode's run say of themselves; the result takes it back. */
    public Runnable listen(
            Principal caller, Episode episode, BiConsumer<String, ObjectNode> listener, Deadline deadline) {
        requireOwn(caller, episode);
        return upstreams.passages(episode.currentRun(), deadline).listen(listener, deadline);
    }

    private static void requireOwn(Principal caller, Episode episode) {
        if (!caller.mayUse(episode)) {
            throw Refusal.of(OutcomeClass.POLICY_DENIED, "scope.missing", "this caller may not use this episode");
        }
    }
}
