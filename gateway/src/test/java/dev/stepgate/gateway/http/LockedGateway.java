package dev.stepgate.gateway.http;

import dev.stepgate.gateway.identity.token.FakeIssuer;
import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import io.quarkus.test.junit.QuarkusTestProfile;
import java.util.List;
import java.util.Map;

/** A gateway that has an issuer, under a public name that is not its address. */
public final class LockedGateway implements QuarkusTestProfile {
    static final String PUBLIC_URL = "https://gw.example";
    static final String ECHO = PUBLIC_URL + "/envs/echo/mcp";

    private static final FakeIssuer ISSUER = new FakeIssuer();

    /** One for all classes with this profile: the gateway is started once for them. */
    static FakeIssuer issuer() {
        return ISSUER;
    }

    @Override
    public Map<String, String> getConfigOverrides() {
        return Map.of("stepgate.public-url", PUBLIC_URL, "stepgate.data", "target/test-data-locked");
    }

    @Override
    public List<TestResourceEntry> testResources() {
        return List.of(new TestResourceEntry(Running.class));
    }

    /** Tells the gateway where the issuer is. */
    public static final class Running implements QuarkusTestResourceLifecycleManager {
        @Override
        public Map<String, String> start() {
            return Map.of("stepgate.issuer.url", ISSUER.url());
        }

        @Override
        public void stop() {
            ISSUER.close();
        }
    }
}
