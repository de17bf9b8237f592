package dev.stepgate.gateway.http;

import dev.stepgate.gateway.identity.token.FakeIssuer;
import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import io.quarkus.test.junit.QuarkusTestProfile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** A gateway that has an issuer, under a public name that is not its address. */
public final class LockedGateway implements QuarkusTestProfile {
    static final String PUBLIC_URL = "https://gw.example";
    static final String ECHO = PUBLIC_URL + "/envs/echo/mcp";

    static final String RECORDED = PUBLIC_URL + "/envs/recorded/mcp";

    private static final FakeIssuer ISSUER = new FakeIssuer();
    private static final RecordingUpstream UPSTREAM = new RecordingUpstream();

    /** One for all classes with this profile: the gateway is started once for them. */
    static FakeIssuer issuer() {
        return ISSUER;
    }

    /** What stands behind the environment {@code recorded}. */
    static RecordingUpstream upstream() {
        return UPSTREAM;
    }

    @Override
    public Map<String, String> getConfigOverrides() {
        return Map.of(
                "stepgate.public-url", PUBLIC_URL,
                "stepgate.data", "target/test-data-locked",
                "stepgate.env", "echo,recorded");
    }

    @Override
    public List<TestResourceEntry> testResources() {
        return List.of(new TestResourceEntry(Running.class));
    }

    /** Tells the gateway where the issuer and the upstream are. */
    public static final class Running implements QuarkusTestResourceLifecycleManager {
        @Override
        public Map<String, String> start() {
            Path folder = Path.of("target/test-recorded");
            try {
                Files.createDirectories(folder.resolve("environments/recorded"));
                Files.createDirectories(folder.resolve("policies"));
                Files.writeString(folder.resolve("environments/recorded/openenv.yaml"), UPSTREAM.manifest());
                Files.writeString(folder.resolve("policies/recorded.yaml"), RecordingUpstream.POLICY);
            } catch (IOException unwritable) {
                throw new UncheckedIOException(unwritable);
            }
            return Map.of(
                    "stepgate.issuer.url", ISSUER.url(),
                    "stepgate.environments", "../environments," + folder.resolve("environments"),
                    "stepgate.policies", "../policies," + folder.resolve("policies"));
        }

        @Override
        public void stop() {
            ISSUER.close();
            UPSTREAM.close();
        }
    }
}
