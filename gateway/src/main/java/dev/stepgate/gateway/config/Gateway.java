package dev.stepgate.gateway.config;

import dev.stepgate.gateway.authorization.Approvals;
import dev.stepgate.gateway.authorization.PolicyGate;
import dev.stepgate.gateway.authorization.PolicyReload;
import dev.stepgate.gateway.call.PassageRequest;
import dev.stepgate.gateway.call.ToolCallPipeline;
import dev.stepgate.gateway.catalog.ServedEnvironments;
import dev.stepgate.gateway.episode.Episodes;
import dev.stepgate.gateway.identity.Authenticator;
import dev.stepgate.gateway.identity.EpisodeCapabilities;
import dev.stepgate.gateway.identity.Grants;
import dev.stepgate.gateway.identity.Resources;
import dev.stepgate.gateway.journal.Journal;
import dev.stepgate.gateway.session.HeldRequests;
import dev.stepgate.gateway.session.McpSessions;
import dev.stepgate.gateway.session.OpenEnvSessions;
import java.util.List;

/** The parts of a running gateway that its faces need. Built once by {@link Assembly}. */
public record Gateway(
        ServedEnvironments environments,
        Authenticator authenticator,
        EpisodeCapabilities capabilities,
        PolicyGate policyGate,
        Approvals approvals,
        PolicyReload policyReload,
        ToolCallPipeline pipeline,
        PassageRequest passages,
        Episodes episodes,
        McpSessions mcpSessions,
        HeldRequests heldRequests,
        OpenEnvSessions openEnvSessions,
        Journal journal,
        Resources resources,
        Grants grants,
        List<String> authorizationServers,
        String publicUrl,
        boolean production) {}
