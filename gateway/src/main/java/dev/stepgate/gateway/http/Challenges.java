package dev.stepgate.gateway.http;

import dev.stepgate.gateway.identity.NotAdmitted;
import dev.stepgate.gateway.identity.NotAdmitted.Why;
import dev.stepgate.gateway.identity.Resource;
import dev.stepgate.gateway.identity.Resources;
import java.util.StringJoiner;

/**
 * How a caller that is not let in is told so, and where it can get what it lacks (RFC 6750, section 3; RFC 9728, section 5;
 * MCP's authorization section). The same for every face and every protocol era.
 */
final class Challenges {
    private final Resources resources;
    private final boolean discoverable;

    /** @param discoverable whether resources have metadata, which they do where there is an issuer to name in it */
    Challenges(Resources resources, boolean discoverable) {
        this.resources = resources;
        this.discoverable = discoverable;
    }

    /** @param mcp whether an MCP client is told, which reads no body but a JSON-RPC message */
    Answer answer(NotAdmitted refused, Resource resource, boolean mcp) {
        Answer answer = answer(refused, resource);
        return mcp
                ? new Answer(
                        answer.status(),
                        answer.headers(),
                        Answer.empty(answer.status()).body())
                : answer;
    }

    private Answer answer(NotAdmitted refused, Resource resource) {
        return switch (refused.why()) {
            case Why.NoToken(String scopes) -> challenge(401, "no_token", refused, resource, scope(scopes));
            case Why.InvalidToken(String scopes) ->
                challenge(401, "invalid_token", refused, resource, scope(scopes), error("invalid_token", refused));
            case Why.InvalidRequest _ ->
                challenge(400, "invalid_request", refused, resource, error("invalid_request", refused));
            case Why.MissingScope(String scopes) ->
                challenge(
                        403,
                        "insufficient_scope",
                        refused,
                        resource,
                        error("insufficient_scope", refused),
                        scope(scopes));
            case Why.KeysUnavailable keys ->
                Answer.error(503, "keys_unavailable", refused.sentence())
                        .with("Retry-After", String.valueOf(keys.retryAfter().toSeconds()));
            case Why.ForeignPeer _ -> Answer.error(401, "not_admitted", refused.sentence());
        };
    }

    private static String scope(String scopes) {
        return "scope=\"" + scopes + "\"";
    }

    private static String error(String code, NotAdmitted refused) {
        return "error=\"" + code + "\", error_description=\"" + refused.sentence() + "\"";
    }

    private Answer challenge(int status, String code, NotAdmitted refused, Resource resource, String... parameters) {
        StringJoiner all = new StringJoiner(", ", "Bearer ", "");
        if (discoverable) {
            all.add("resource_metadata=\"" + resources.metadataUrl(resource) + "\"");
        }
        for (String parameter : parameters) {
            all.add(parameter);
        }
        return Answer.error(status, code, refused.sentence()).with("WWW-Authenticate", all.toString());
    }
}
