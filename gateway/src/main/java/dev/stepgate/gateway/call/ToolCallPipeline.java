package dev.stepgate.gateway.call;

import dev.stepgate.gateway.authorization.AuthorizedCall;
import dev.stepgate.gateway.authorization.PolicyGate;
import dev.stepgate.gateway.authorization.ResultGate;
import dev.stepgate.gateway.catalog.CatalogEntry;
import dev.stepgate.gateway.credential.CredentialBroker;
import dev.stepgate.gateway.credential.CredentialedCall;
import dev.stepgate.gateway.credential.RunCredentials;
import dev.stepgate.gateway.episode.EpisodeRun;
import dev.stepgate.gateway.episode.EpisodeRun.Settled;
import dev.stepgate.gateway.identity.AuthenticatedCall;
import dev.stepgate.gateway.identity.Authenticator;
import dev.stepgate.gateway.identity.IncomingCall;
import dev.stepgate.gateway.journal.CallRecord;
import dev.stepgate.gateway.journal.JournalEntry;
import dev.stepgate.gateway.journal.Outcome;
import dev.stepgate.gateway.reward.Score;
import dev.stepgate.gateway.upstream.Upstreams;
import dev.stepgate.tool.Observation;
import dev.stepgate.tool.OutcomeClass;
import dev.stepgate.tool.Refusal;

/**
 * One tool call from arrival to recorded outcome. Read this file first.
 *
 * <p>Each stage returns a type that only its own package can make, so a stage that is skipped does not compile. Blocks the
 * calling virtual thread; any number of calls run at once.
 */
public final class ToolCallPipeline {
    private static final System.Logger LOG = System.getLogger(ToolCallPipeline.class.getName());

    private final Authenticator authenticator;
    private final PolicyGate policyGate;
    private final CredentialBroker credentials;
    private final Upstreams upstreams;
    private final OutcomeCounts counts;
    private final ResultGate results = new ResultGate();

    public ToolCallPipeline(
            Authenticator authenticator,
            PolicyGate policyGate,
            CredentialBroker credentials,
            Upstreams upstreams,
            OutcomeCounts counts) {
        this.counts = counts;
        this.authenticator = authenticator;
        this.policyGate = policyGate;
        this.credentials = credentials;
        this.upstreams = upstreams;
    }

    /** Handles a call. Its record is on file when this returns; a record that cannot be written is itself the refusal. */
    public Outcome handle(IncomingCall incoming) {
        Outcome outcome = outcome(incoming);
        counts.count(incoming.episode().environment(), outcome.outcomeClass());
        return outcome;
    }

    private Outcome outcome(IncomingCall incoming) {
        EpisodeRun run = incoming.episode().currentRun();
        JournalEntry entry = run.journal().open(record(incoming, run));
        run.enter();
        try {
            AuthenticatedCall authenticated = authenticator.authenticate(incoming);
            AuthorizedCall authorized = policyGate.authorize(authenticated, run, entry::judged);
            return make(authorized, run, entry);
        } catch (Refusal refusal) { // expected: has a code and a reason
            return refused(incoming, run, entry, refusal);
        } catch (RuntimeException bug) { // unexpected: logged, recorded, answered, never leaked
            LOG.log(
                    System.Logger.Level.ERROR,
                    "call=failed environment=" + incoming.episode().environment(),
                    bug);
            Refusal refusal =
                    Refusal.of(OutcomeClass.INFRA_ERROR, "infra_error", "the gateway failed to make this call");
            return refused(incoming, run, entry, refusal);
        } finally {
            run.leave();
        }
    }

    /** Makes a call that was allowed. What it took of budgets is given back if it never leaves. */
    private Outcome make(AuthorizedCall authorized, EpisodeRun run, JournalEntry entry) {
        boolean left = false;
        try {
            RunCredentials held =
                    upstreams.credentials(run, authorized.incoming().deadline());
            CredentialedCall ready = credentials.attach(authorized, held);
            entry.intend(run.nextStep(), ready.uses()); // durable before anything leaves
            left = true;
            CatalogEntry tool = authorized.tool();
            Observation observation = upstreams.call(ready, run);
            Settled settled = run.settle(
                    tool.upstream(),
                    tool.policyKey(),
                    observation,
                    authorized.incoming().deadline());
            Observation passed;
            try {
                passed = results.pass(authorized, settled.observation());
            } catch (Refusal withheld) { // the step was made and scored: it is its result that nobody gets
                return refused(authorized.incoming(), run, entry, withheld, settled.score());
            }
            return entry.observed(passed, settled.score());
        } finally {
            authorized.end(left);
        }
    }

    private static Outcome refused(IncomingCall incoming, EpisodeRun run, JournalEntry entry, Refusal refusal) {
        return refused(incoming, run, entry, refusal, run.charge(refusal));
    }

    private static Outcome refused(
            IncomingCall incoming, EpisodeRun run, JournalEntry entry, Refusal refusal, Score charged) {
        boolean ended = run.failed(refusal);
        if (ended && (refusal.outcome().isFault() || refusal.outcome() == OutcomeClass.CANCELLED)) {
            incoming.episode().runEnded(run);
        }
        try {
            return entry.refused(refusal, ended, charged);
        } catch (Refusal unwritable) {
            return new Outcome.Refused(unwritable, ended, Score.NONE);
        }
    }

    private static CallRecord record(IncomingCall incoming, EpisodeRun run) {
        return new CallRecord(
                run.episodeId(),
                run.number(),
                incoming.face(),
                incoming.caller().subject(),
                incoming.call().tool(),
                incoming.call().arguments());
    }
}
