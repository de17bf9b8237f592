package dev.stepgate.gateway.authorization;

import dev.stepgate.gateway.catalog.CatalogEntry;
import dev.stepgate.gateway.catalog.ServedEnvironment;
import dev.stepgate.gateway.catalog.ServedEnvironments;
import dev.stepgate.gateway.identity.AuthenticatedCall;
import dev.stepgate.gateway.identity.IncomingCall;
import dev.stepgate.gateway.identity.Principal;
import dev.stepgate.gateway.identity.Role;
import dev.stepgate.policy.AccessRequest;
import dev.stepgate.policy.Caller;
import dev.stepgate.policy.Decision;
import dev.stepgate.policy.PolicyEngine;
import dev.stepgate.policy.PolicySet;
import dev.stepgate.policy.schema.PlainJson;
import dev.stepgate.tool.OutcomeClass;
import dev.stepgate.tool.Refusal;
import java.util.List;
import java.util.stream.Collectors;

/** Builds the access request, asks the engine, and fails closed. Stateless. */
public final class PolicyGate {
    private final PolicyEngine engine = new PolicyEngine();
    private final ServedEnvironments environments;
    private final PolicyStore policies;

    public PolicyGate(ServedEnvironments environments, PolicyStore policies) {
        this.environments = environments;
        this.policies = policies;
    }

    /**
     * Decides a call.
     *
     * @throws Refusal for every call that no policy allows by name
     */
    public AuthorizedCall authorize(AuthenticatedCall authenticated) {
        IncomingCall incoming = authenticated.incoming();
        String asked = incoming.call().tool();
        CatalogEntry tool = environments
                .find(incoming.episode().environment())
                .map(ServedEnvironment::catalog)
                .flatMap(catalog -> catalog.find(asked))
                .orElseThrow(() -> Refusal.unknownTool(asked));
        PolicySet set = policies.of(incoming.episode().environment());
        AccessRequest request = new AccessRequest(
                caller(incoming.caller()),
                tool.policyKey(),
                PlainJson.object(incoming.call().arguments()));
        return switch (engine.decide(set, request)) {
            case Decision.Allow(List<String> rules) -> new AuthorizedCall(authenticated, tool, set.label(), rules);
            case Decision.Deny deny -> throw refusal(deny, asked);
        };
    }

    /** The tools that a caller may know of, in the catalogue's order. */
    public List<CatalogEntry> visibleTools(ServedEnvironment environment, Principal principal) {
        PolicySet set = policies.of(environment.name());
        Caller caller = caller(principal);
        return environment.catalog().entries().stream()
                .filter(tool -> set.shows(caller, tool.policyKey()))
                .toList();
    }

    private static Caller caller(Principal principal) {
        return new Caller(
                principal.subject(),
                principal.roles().stream().map(Role::policyName).collect(Collectors.toSet()));
    }

    private static Refusal refusal(Decision.Deny deny, String asked) {
        return switch (deny.code()) {
            case TOOL_UNKNOWN -> Refusal.unknownTool(asked);
            case ARGS_SCHEMA, ARGS_CONSTRAINT ->
                Refusal.ofArgument(deny.code().wireName(), where(deny) + deny.agentText(), deny.field());
            case POLICY_DENIED, POLICY_ERROR ->
                Refusal.of(OutcomeClass.POLICY_DENIED, deny.code().wireName(), deny.agentText());
        };
    }

    private static String where(Decision.Deny deny) {
        return deny.field() == null ? "" : "argument " + deny.field() + ": ";
    }
}
