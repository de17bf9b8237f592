package dev.stepgate.gateway.http;

import io.quarkus.test.junit.QuarkusTestProfile;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/** A gateway that speaks TLS only and takes development tokens. */
public class TlsGateway implements QuarkusTestProfile {
    static final String PUBLIC_URL = "https://localhost";
    static final Path DATA = Path.of("target/test-data-tls");

    private static final Certificates CERTIFICATES = new Certificates(Path.of("target/test-certificates"));

    static Certificates certificates() {
        return CERTIFICATES;
    }

    @Override
    public Map<String, String> getConfigOverrides() {
        Map<String, String> settings = new HashMap<>();
        settings.put("stepgate.public-url", PUBLIC_URL);
        settings.put("stepgate.data", DATA.toString());
        settings.put("stepgate.development-tokens", "true");
        settings.put("quarkus.http.insecure-requests", "disabled");
        settings.put("quarkus.http.test-ssl-port", "0");
        settings.put(
                "quarkus.tls.key-store.p12.path", CERTIFICATES.file("server").toString());
        settings.put("quarkus.tls.key-store.p12.password", Certificates.PASSWORD);
        return settings;
    }

    /** The same, for callers that show a certificate which it trusts. */
    public static final class WithClientCertificates extends TlsGateway {
        @Override
        public Map<String, String> getConfigOverrides() {
            Map<String, String> settings = super.getConfigOverrides();
            settings.put("stepgate.client-certificates", "required");
            settings.put(
                    "quarkus.tls.trust-store.p12.path",
                    CERTIFICATES.file("trusted-by-server").toString());
            settings.put("quarkus.tls.trust-store.p12.password", Certificates.PASSWORD);
            // A bound that a test can reach.
            settings.put("quarkus.http.limits.max-connections", "8");
            return settings;
        }
    }
}
