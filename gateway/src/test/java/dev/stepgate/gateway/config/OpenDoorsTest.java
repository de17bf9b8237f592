package dev.stepgate.gateway.config;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class OpenDoorsTest {
    private static final String ISSUER = "stepgate.issuer.url=https://login.example";
    private static final String ANY_ADDRESS = "stepgate.host=0.0.0.0";
    private static final String PRODUCTION = "stepgate.mode=production";
    private static final String ANONYMOUS = "stepgate.allow-anonymous=true";
    private static final String DEVELOPMENT = "stepgate.development-tokens=true";

    @Test
    void refusesDevelopmentTokensOutsideOfTrainingOnThisMachine() {
        assertRefused("--development-tokens", DEVELOPMENT, PRODUCTION);
        assertRefused("--development-tokens", DEVELOPMENT, PRODUCTION, ISSUER);
        assertRefused("--development-tokens", DEVELOPMENT, ANY_ADDRESS);
        assertRefused("--development-tokens", DEVELOPMENT, ANY_ADDRESS, ISSUER);
        assertRefused("exclude each other", DEVELOPMENT, ANONYMOUS);
    }

    @Test
    void refusesAnAddressThatOthersReachWithoutAnIssuer() {
        for (String host : List.of("0.0.0.0", "::", "10.0.0.1", "gateway.example", "127.0.0.1.example")) {
            assertRefused("configure an issuer", "stepgate.host=" + host);
        }
    }

    @Test
    void refusesAnonymousCallersInProductionAndBesideAnIssuer() {
        assertRefused("--allow-anonymous", ANONYMOUS, PRODUCTION);
        assertRefused("exclude each other", ANONYMOUS, ISSUER);
    }

    @Test
    void takesWhatLetsNobodyInUnasked() {
        for (List<String> settings : List.of(
                List.<String>of(),
                List.of(DEVELOPMENT),
                List.of(DEVELOPMENT, ISSUER),
                List.of(ISSUER, PRODUCTION, ANY_ADDRESS),
                List.of(ANONYMOUS, ANY_ADDRESS),
                List.of("stepgate.host=localhost"),
                List.of("stepgate.host=::1"))) {
            assertThatCode(() -> OpenDoors.refuse(config(settings)))
                    .as(settings.toString())
                    .doesNotThrowAnyException();
        }
    }

    private static void assertRefused(String sentence, String... settings) {
        assertThatThrownBy(() -> OpenDoors.refuse(config(List.of(settings))))
                .as(List.of(settings).toString())
                .isInstanceOf(OpenDoors.class)
                .hasMessageContaining(sentence);
    }

    private static GatewayConfig config(List<String> settings) {
        Map<String, String> values = new HashMap<>();
        settings.forEach(setting -> values.put(setting.split("=", 2)[0], setting.split("=", 2)[1]));
        return new SmallRyeConfigBuilder()
                .addDiscoveredConverters()
                .withMapping(GatewayConfig.class)
                .withSources(new PropertiesConfigSource(values, "test", 100))
                .build()
                .getConfigMapping(GatewayConfig.class);
    }
}
