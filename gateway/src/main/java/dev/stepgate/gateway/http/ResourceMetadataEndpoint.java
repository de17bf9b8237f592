package dev.stepgate.gateway.http;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.stepgate.gateway.identity.Grants;
import dev.stepgate.gateway.identity.Resource;
import dev.stepgate.gateway.identity.Resources;
import java.util.List;
import java.util.Optional;

/**
 * Protected resource metadata (RFC 9728), from a template: whether the environment exists makes no difference. Each resource
 * has its own document, and there is none at the root of the well-known path unless a resource is at the root.
 */
final class ResourceMetadataEndpoint {
    private static final String PREFIX = Resources.WELL_KNOWN.substring(Resources.WELL_KNOWN.indexOf('/') + 1) + "/";

    private final Resources resources;
    private final Grants grants;
    private final List<String> authorizationServers;

    /** @param authorizationServers the issuers; with none there is nothing to discover */
    ResourceMetadataEndpoint(Resources resources, Grants grants, List<String> authorizationServers) {
        this.resources = resources;
        this.grants = grants;
        this.authorizationServers = List.copyOf(authorizationServers);
    }

    Answer answer(Ask ask) {
        String path = ask.rest().startsWith(PREFIX) ? ask.rest().substring(PREFIX.length()) : "";
        Optional<Resource> resource = resources.at(path);
        if (authorizationServers.isEmpty() || resource.isEmpty()) {
            return Answer.notFound();
        }
        return ask.ifGet(() -> Answer.json(200, document(resource.get())))
                .with("Cache-Control", "public, max-age=300")
                .with("Access-Control-Allow-Origin", "*");
    }

    private ObjectNode document(Resource resource) {
        ObjectNode document = JsonNodeFactory.instance.objectNode();
        document.put("resource", resources.url(resource));
        authorizationServers.forEach(document.putArray("authorization_servers")::add);
        grants.supportedAt(resource).forEach(document.putArray("scopes_supported")::add);
        document.putArray("bearer_methods_supported").add("header");
        document.put("resource_name", "Stepgate /" + resource.path());
        return document;
    }
}
