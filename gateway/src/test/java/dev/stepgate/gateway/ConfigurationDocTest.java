package dev.stepgate.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stepgate.gateway.config.GatewayConfig;
import java.io.IOException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class ConfigurationDocTest {

    @Test
    void namesEverySettingAndNoOther() throws IOException {
        Set<String> documented = Files.readAllLines(Path.of("../docs/configuration.md")).stream()
                .filter(line -> line.startsWith("| `stepgate."))
                .map(line -> line.substring(3, line.indexOf('`', 3)))
                .collect(Collectors.toSet());
        assertThat(documented)
                .isEqualTo(settings("stepgate", GatewayConfig.class).collect(Collectors.toSet()));
    }

    private static Stream<String> settings(String prefix, Class<?> group) {
        return Arrays.stream(group.getDeclaredMethods()).flatMap(method -> settings(prefix, method));
    }

    private static Stream<String> settings(String prefix, Method method) {
        String name = method.getName().replaceAll("([A-Z])", "-$1").toLowerCase(Locale.ROOT);
        boolean isGroup = method.getReturnType().isInterface()
                && method.getReturnType().getEnclosingClass() == GatewayConfig.class;
        return isGroup ? settings(prefix + "." + name, method.getReturnType()) : Stream.of(prefix + "." + name);
    }
}
