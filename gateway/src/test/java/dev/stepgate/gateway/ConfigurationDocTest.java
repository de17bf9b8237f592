package dev.stepgate.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stepgate.gateway.config.GatewayConfig;
import java.io.IOException;
import java.lang.reflect.Method;
import java.lang.reflect.ParameterizedType;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
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
        return Arrays.stream(group.getDeclaredMethods())
                .filter(method -> !method.isSynthetic())
                .flatMap(method -> settings(prefix, method));
    }

    private static Stream<String> settings(String prefix, Method method) {
        String name = method.getName().replaceAll("([A-Z])", "-$1").toLowerCase(Locale.ROOT);
        Class<?> type = method.getReturnType();
        // A map of groups: the one without a name stands for all.
        if (method.getGenericReturnType() instanceof ParameterizedType map && type == Map.class) {
            type = (Class<?>) map.getActualTypeArguments()[1];
        }
        boolean isGroup = type.isInterface() && type.getEnclosingClass() == GatewayConfig.class;
        return isGroup ? settings(prefix + "." + name, type) : Stream.of(prefix + "." + name);
    }
}
