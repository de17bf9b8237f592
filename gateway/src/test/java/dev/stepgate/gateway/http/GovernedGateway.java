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

/** A gateway that has an issuer, and echo environments each under a policy of their own that tests may write again. */
public final class GovernedGateway implements QuarkusTestProfile {
    static final String PUBLIC_URL = "https://gw.example";

    /** The environment whose policy is broken until a test mends it. */
    static final String MENDED = "mended";

    private static final Path FOLDER = Path.of("target/governed").toAbsolutePath();
    private static final FakeIssuer ISSUER = new FakeIssuer();

    private static final Map<String, String> TOOLS = Map.of(
            "asked",
            """
                    s.echo_message:
                        allow: [ { id: any } ]
                        approve: { by: editor, ttl: 10m, reason: "it is public" }
                        limit: { concurrent: 1 }
                    """,
            "reloaded",
            reloadedTools(1),
            MENDED,
            "s.echo_mesage: { allow: [ { id: any } ] }",
            "stepped",
            """
                    s.echo_message:
                        allow: [ { id: any } ]
                        scope: [ "say:loud", "say:all" ]
                      s.echo_with_length:
                        allow: [ { id: of-team, when: 'args.message == caller.claims.team.name && caller.claims.level > 2' } ]
                        result: { redact: [ { pointer: /message } ] }
                    """);

    static FakeIssuer issuer() {
        return ISSUER;
    }

    /** Where it keeps its journal. */
    static Path data() {
        return FOLDER.resolve("data");
    }

    /** Tools of which every version allows the same, each by a rule that bears the version's number. */
    static String reloadedTools(int version) {
        return "s.echo_message: { allow: [ { id: rule-" + version + " } ] }";
    }

    static void writePolicy(String environment, int version, String tools) {
        String text = "policy: { name: " + environment + ", version: " + version + " }\nenv: " + environment
                + "\ntools:\n  " + tools + "\n";
        try {
            Files.writeString(
                    Files.createDirectories(FOLDER.resolve("policies")).resolve(environment + ".yaml"), text);
        } catch (IOException unwritable) {
            throw new UncheckedIOException(unwritable);
        }
    }

    private static void writeManifest(String environment) {
        try {
            Path folder = Files.createDirectories(FOLDER.resolve("environments").resolve(environment));
            Files.writeString(folder.resolve("openenv.yaml"), """
                    spec_version: 1
                    name: %s
                    type: space
                    runtime: fastapi
                    app: server.app:app
                    port: 8000
                    description: Echoes
                    stepgate:
                      upstreams: { s: { builtin: echo } }
                      episode: { capacity: 64, deadline: %s }
                    """.formatted(
                            environment, environment.equals("asked") ? "20s" : "50s"));
        } catch (IOException unwritable) {
            throw new UncheckedIOException(unwritable);
        }
    }

    @Override
    public Map<String, String> getConfigOverrides() {
        TOOLS.forEach((environment, tools) -> {
            writeManifest(environment);
            writePolicy(environment, 1, tools);
        });
        return Map.of(
                "stepgate.public-url", PUBLIC_URL,
                "stepgate.data", data().toString(),
                "stepgate.env", String.join(",", TOOLS.keySet()),
                "stepgate.environments", FOLDER.resolve("environments").toString(),
                "stepgate.policies", FOLDER.resolve("policies").toString(),
                "stepgate.issuer.role-claim", "roles");
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
