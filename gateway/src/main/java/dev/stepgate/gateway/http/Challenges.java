package dev.stepgate.gateway.http;

import dev.stepgate.gateway.identity.NotAdmitted;
import dev.stepgate.gateway.identity.NotAdmitted.Why;
import dev.stepgate.gateway.identity.Resource;
import dev.stepgate.gateway.identity.Resources;

/**
 * How a caller that is not let in is told so, and where it can get what it lacks (RFC 6750, section 3; RFC 9728, section 5;
 * MCP's authorization section). The same for every face and every protocol era.
 */
final class Challenges {
    private final Resources resources;

    Challenges(Resources resources) {
        this.resources = resources;
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
        String metadata = "resource_metadata=\"" + resources.metadataUrl(resource) + "\"";
        return switch (refused.why()) {
            case Why.NoToken(String scopes) ->
                challenge(401, "no_token", refused, metadata + ", scope=\"" + scopes + "\"");
            case Why.InvalidToken(String scopes) ->
                challenge(
                        401,
                        "invalid_token",
                        refused,
                        metadata + ", scope=\"" + scopes + "\", error=\"invalid_token\", error_description=\""
                                + refused.sentence() + "\"");
            case Why.InvalidRequest _ ->
                challenge(
                        400,
                        "invalid_request",
                        refused,
                        "error=\"invalid_request\", error_description=\"" + refused.sentence() + "\", " + metadata);
            case Why.MissingScope(String scopes) ->
                challenge(
                        403,
                        "insufficient_scope",
                        refused,
                        "error=\"insufficient_scope\", scope=\"" + scopes + "\", " + metadata);
            case Why.KeysUnavailable keys ->
                Answer.error(503, "keys_unavailable", refused.sentence())
                        .with("Retry-After", String.valueOf(keys.retryAfter().toSeconds()));
            case Why.ForeignPeer _ -> Answer.error(401, "not_admitted", refused.sentence());
        };
    }

    private static Answer challenge(int status, String code, NotAdmitted refused, String parameters) {
        return Answer.error(status, code, refused.sentence()).with("WWW-Authenticate", "Bearer " + parameters);
    }
}
