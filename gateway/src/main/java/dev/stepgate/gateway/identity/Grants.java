package dev.stepgate.gateway.identity;

import dev.stepgate.gateway.identity.token.VerifiedToken;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What a token's scopes and roles amount to. Each scope gives rights; the rights make the role. Immutable.
 *
 * @param names the scopes, as they are called by the issuers here
 * @param roles which of an issuer's own role names give which role, by the issuer's URL
 */
public record Grants(ScopeNames names, Map<String, Map<Role, Set<String>>> roles) {

    /**
     * The names of scopes.
     *
     * @param listTools lists tools
     * @param callTools calls tools
     * @param episodes makes a trainer
     * @param observe makes an observer
     * @param operate makes an operator
     */
    public record ScopeNames(String listTools, String callTools, String episodes, String observe, String operate) {}

    public Grants {
        roles = Map.copyOf(roles);
    }

    Set<Right> rights(VerifiedToken token) {
        Set<Right> rights = EnumSet.noneOf(Right.class);
        Set<String> scopes = token.scopes();
        if (scopes.contains(names.listTools())) {
            rights.addAll(EnumSet.of(Right.SEE, Right.LIST_TOOLS));
        }
        if (scopes.contains(names.callTools())) {
            rights.addAll(EnumSet.of(Right.SEE, Right.CALL_TOOLS));
        }
        for (Role role : roles(token)) {
            rights.addAll(role == Role.AGENT && !isByRole(token, role) ? Set.of() : Right.of(role));
        }
        return rights;
    }

    /** One of the two scopes of agents makes an agent, but gives only its own right. */
    Set<Role> roles(VerifiedToken token) {
        Set<Role> found = EnumSet.noneOf(Role.class);
        for (Role role : Role.values()) {
            boolean byScope = switch (role) {
                case AGENT ->
                    token.scopes().contains(names.listTools()) || token.scopes().contains(names.callTools());
                case TRAINER -> token.scopes().contains(names.episodes());
                case OBSERVER -> token.scopes().contains(names.observe());
                case OPERATOR -> token.scopes().contains(names.operate());
            };
            if (byScope || isByRole(token, role)) {
                found.add(role);
            }
        }
        return found;
    }

    /** All scopes that a caller needs for a right: clients ask for what one challenge names, and for no more. */
    public String scopesFor(Right right) {
        return switch (right) {
            case SEE, LIST_TOOLS -> names.listTools();
            case CALL_TOOLS -> names.listTools() + " " + names.callTools();
            case DRIVE -> names.episodes();
            case READ_TRAJECTORY -> names.observe();
            case OPERATE -> names.operate();
        };
    }

    /** The scopes that are of use at a resource; clients may ask for all of them at once. */
    public List<String> supportedAt(Resource resource) {
        return switch (resource.kind()) {
            case ENVIRONMENT -> List.of(names.listTools(), names.callTools());
            case EPISODES -> List.of(names.episodes());
            case CATALOGUE -> List.of(names.listTools());
            case OPERATIONS -> List.of(names.operate());
        };
    }

    private boolean isByRole(VerifiedToken token, Role role) {
        if (token.roles().isEmpty()) {
            return false;
        }
        Set<String> giving = roles.getOrDefault(token.issuer(), Map.of()).getOrDefault(role, Set.of());
        return token.roles().stream().anyMatch(giving::contains);
    }
}
