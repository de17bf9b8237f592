package dev.stepgate.gateway.authorization;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stepgate.gateway.catalog.CatalogEntry;
import dev.stepgate.gateway.catalog.ServedEnvironment;
import dev.stepgate.gateway.catalog.ServedEnvironments;
import dev.stepgate.gateway.episode.EpisodeRun;
import dev.stepgate.gateway.episode.Narrowing;
import dev.stepgate.gateway.identity.AuthenticatedCall;
import dev.stepgate.gateway.identity.IncomingCall;
import dev.stepgate.gateway.identity.Principal;
import dev.stepgate.gateway.journal.Grounds;
import dev.stepgate.policy.AccessRequest;
import dev.stepgate.policy.Admission;
import dev.stepgate.policy.ApprovalTerms;
import dev.stepgate.policy.Caller;
import dev.stepgate.policy.CompiledTool;
import dev.stepgate.policy.Decision;
import dev.stepgate.policy.DenyCode;
import dev.stepgate.policy.EpisodeView;
import dev.stepgate.policy.Explanation;
import dev.stepgate.policy.PolicyEngine;
import dev.stepgate.policy.PolicyExplainer;
import dev.stepgate.policy.PolicySet;
import dev.stepgate.policy.schema.PlainJson;
import dev.stepgate.tool.OutcomeClass;
import dev.stepgate.tool.Refusal;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Builds the access request, asks the engine, waits for approvals, and fails closed. Safe for use by many threads. */
public final class PolicyGate {
    private final PolicyEngine engine = new PolicyEngine();
    private final ServedEnvironments environments;
    private final PolicyStore policies;
    private final Approvals approvals;
    private final InstantSource clock;
    private final CallerLedgers callers;

    public PolicyGate(ServedEnvironments environments, PolicyStore policies, Approvals approvals, InstantSource clock) {
        this.environments = environments;
        this.policies = policies;
        this.approvals = approvals;
        this.clock = clock;
        this.callers = new CallerLedgers(clock);
    }

    /**
     * Decides a call and reserves what it takes of budgets; whoever gets the answer ends it.
     *
     * @param run the run that the call is a step of
     * @param judged is told on what grounds, before this returns or throws
     * @throws Refusal for every call that no policy allows by name
     */
    public AuthorizedCall authorize(AuthenticatedCall authenticated, EpisodeRun run, Consumer<Grounds> judged) {
        IncomingCall incoming = authenticated.incoming();
        String environment = incoming.episode().environment();
        String asked = incoming.call().tool();
        Narrowing narrowing = incoming.episode().narrowing();
        PolicySet set = policies.of(environment).within(narrowing.budget());
        Optional<ServedEnvironment> served = environments.find(environment);
        CatalogEntry tool = served.map(ServedEnvironment::catalog)
                .flatMap(catalog -> catalog.find(asked))
                .filter(found -> narrowing.leaves(asked))
                .orElseThrow(() -> Refusal.unknownTool(asked));
        AccessRequest request = new AccessRequest(
                caller(incoming.caller()),
                set.environment(),
                tool.policyKey(),
                PlainJson.object(incoming.call().arguments()),
                run.ledger(),
                clock.instant());
        Admission admission = engine.admit(
                set,
                request,
                run.ledger(),
                callers.of(environment, incoming.caller().key()));
        return switch (admission) {
            case Admission.Denied(Decision.Deny deny) -> {
                judged.accept(new Grounds(set.label(), set.digest(), deny.decidingRules(), null));
                throw refusal(deny, asked);
            }
            case Admission.Granted granted
            when served.get().isQuarantined(tool) -> {
                granted.reservation().release();
                throw Refusal.of(
                        OutcomeClass.POLICY_DENIED,
                        "tool.quarantined",
                        "the tool is not what it was when it was admitted, and waits for an operator");
            }
            case Admission.Granted granted -> {
                DenyCode shadowed = granted.allow().shadowed();
                judged.accept(new Grounds(
                        set.label(),
                        set.digest(),
                        granted.allow().decidingRules(),
                        shadowed == null ? null : shadowed.wireName()));
                CompiledTool compiled =
                        Objects.requireNonNull(set.tools().get(tool.policyKey()), "it was just granted");
                yield approved(
                        run,
                        granted.allow().approval(),
                        new AuthorizedCall(
                                authenticated,
                                tool,
                                granted.allow().terms(),
                                compiled.results(),
                                granted.reservation()));
            }
        };
    }

    private AuthorizedCall approved(EpisodeRun run, @Nullable ApprovalTerms terms, AuthorizedCall call) {
        if (terms == null) {
            return call;
        }
        try {
            switch (terms.script()) {
                case APPROVE -> {}
                case DENY -> throw refusal(DenyCode.APPROVAL_REFUSED, OutcomeClass.POLICY_DENIED);
                case NONE ->
                    approvals.await(
                            question(call.incoming(), run),
                            terms,
                            call.incoming().deadline());
            }
            return call;
        } catch (RuntimeException notApproved) {
            call.end(false);
            throw notApproved;
        }
    }

    private static Approvals.Question question(IncomingCall incoming, EpisodeRun run) {
        return new Approvals.Question(
                incoming.episode().environment(),
                incoming.episode().key() + "/" + run.number(),
                incoming.caller().key(),
                incoming.call().tool(),
                incoming.call().arguments());
    }

    /**
     * The tools that a caller may know of, in the catalogue's order: those of which some call could be allowed.
     *
     * @param narrowing of the episode they are listed for
     */
    public List<CatalogEntry> visibleTools(ServedEnvironment environment, Principal principal, Narrowing narrowing) {
        PolicySet set = policies.of(environment.name());
        Caller caller = caller(principal);
        return environment.catalog().entries().stream()
                .filter(tool -> narrowing.leaves(tool.visibleName()) && set.shows(caller, tool.policyKey()))
                .toList();
    }

    /**
     * Says how a call would be decided now, as the first of an episode; for operators. Nothing is counted.
     *
     * @param tool the name that agents see, or {@code <upstream>.<tool>}
     */
    public Explanation explain(String environment, String tool, ObjectNode arguments, Caller caller) {
        PolicySet set = policies.of(environment);
        String key = environments
                .find(environment)
                .flatMap(known -> known.catalog().find(tool))
                .map(CatalogEntry::policyKey)
                .orElse(tool);
        return new PolicyExplainer()
                .explain(
                        set,
                        new AccessRequest(
                                caller,
                                set.environment(),
                                key,
                                PlainJson.object(arguments),
                                EpisodeView.NEW,
                                clock.instant()));
    }

    /** Without a token nothing limits scopes; no token holds every scope, whatever it says. */
    private static Caller caller(Principal principal) {
        boolean token = principal.issuer().isPresent();
        Set<String> scopes = new HashSet<>(token ? principal.scopes() : Set.of(Caller.EVERY_SCOPE));
        if (token) {
            scopes.remove(Caller.EVERY_SCOPE);
        }
        return new Caller(
                        principal.subject(),
                        PolicyRoles.of(principal),
                        principal.client().orElse(""),
                        principal.issuer().orElse(""),
                        scopes,
                        Map.of())
                .claiming(principal.claims());
    }

    private static Refusal refusal(Decision.Deny deny, String asked) {
        return switch (deny.code()) {
            case TOOL_UNKNOWN -> Refusal.unknownTool(asked);
            case ARGS_SCHEMA, ARGS_CONSTRAINT ->
                Refusal.ofArgument(deny.code().wireName(), where(deny) + deny.agentText(), deny.field());
            case BUDGET_PER_EPISODE,
                    BUDGET_PER_MINUTE,
                    BUDGET_CONCURRENT,
                    BUDGET_CALLS,
                    BUDGET_COST,
                    BUDGET_RESULT_BYTES,
                    BUDGET_SAME_ARGS -> refusal(deny.code(), OutcomeClass.BUDGET);
            case SCOPE_MISSING -> Refusal.ofScopes(deny.code().wireName(), deny.agentText(), deny.scopes());
            case POLICY_DENIED, POLICY_ERROR, FLOW_BLOCKED, APPROVAL_REQUIRED, APPROVAL_REFUSED ->
                refusal(deny.code(), OutcomeClass.POLICY_DENIED);
        };
    }

    private static Refusal refusal(DenyCode code, OutcomeClass outcome) {
        return Refusal.of(outcome, code.wireName(), code.agentText());
    }

    private static String where(Decision.Deny deny) {
        return deny.field() == null ? "" : "argument " + deny.field() + ": ";
    }
}
