package dev.stepgate.adapter.openenv;

import com.fasterxml.jackson.databind.node.ObjectNode;

/**
 * The generation of an OpenEnv server. No version is on the wire, so it is told by what the server offers. What is asked of
 * a server works with every generation; which it is matters to whoever reads the log.
 */
public enum Vintage {
    /** openenv-core up to 0.3: observations lose their metadata, no task routes, no attached sessions. */
    BASE,
    /** openenv from 0.4: metadata beside the observation, task routes. */
    LATE,
    /** No OpenAPI document, so some other implementation. */
    UNKNOWN;

    static Vintage of(ObjectNode openApi) {
        ObjectNode paths = openApi.get("paths") instanceof ObjectNode object ? object : null;
        if (paths == null || !paths.has("/health")) {
            return UNKNOWN;
        }
        boolean moved = openApi.at("/info/contact/url").asText("").contains("/huggingface/");
        return paths.has("/list_environments") || moved ? LATE : BASE;
    }
}
