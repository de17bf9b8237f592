package dev.stepgate.gateway.config;

import dev.stepgate.gateway.config.GatewayConfig.ServingMode;
import java.io.Serial;
import java.net.InetAddress;

/** Settings that would let anybody in. The gateway does not start with them, whether they come as options or otherwise. */
public final class OpenDoors extends RuntimeException {
    @Serial
    private static final long serialVersionUID = 1;

    private OpenDoors(String message) {
        super(message, null, false, false);
    }

    /** @throws OpenDoors when callers from other machines would be let in, or with more than they should */
    static void refuse(GatewayConfig config) {
        boolean production = config.mode() == ServingMode.PRODUCTION;
        boolean locked = config.issuer().values().stream()
                .anyMatch(issuer -> issuer.url().isPresent());
        if (config.allowAnonymous() && production) {
            throw new OpenDoors("--allow-anonymous is for training: there is no anonymous caller in production");
        }
        if (config.allowAnonymous() && (locked || config.developmentTokens())) {
            throw new OpenDoors("--allow-anonymous and an issuer exclude each other: leave one of them out");
        }
        if (config.developmentTokens() && (production || !isLoopback(config.host()))) {
            throw new OpenDoors(
                    "development tokens are for training on this machine alone: leave out --development-tokens, or --host and production");
        }
        if (!locked && !config.allowAnonymous() && !isLoopback(config.host())) {
            throw new OpenDoors("--host " + config.host()
                    + " would let anybody in: configure an issuer, add --allow-anonymous, or leave --host out");
        }
    }

    private static boolean isLoopback(String host) {
        try {
            return host.equals("localhost") || InetAddress.ofLiteral(host).isLoopbackAddress();
        } catch (IllegalArgumentException name) {
            return false;
        }
    }
}
