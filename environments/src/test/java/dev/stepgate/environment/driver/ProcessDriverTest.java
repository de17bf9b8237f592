package dev.stepgate.environment.driver;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.stepgate.environment.Isolation;
import dev.stepgate.environment.Sandbox;
import dev.stepgate.environment.SandboxDriver;
import dev.stepgate.environment.SandboxSpec;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

@EnabledOnOs({OS.LINUX, OS.MAC})
class ProcessDriverTest extends SandboxPortContract {

    @Override
    SandboxDriver driver() {
        return new ProcessDriver();
    }

    @Test
    void guaranteesNothing() {
        assertThat(driver.probe().guarantees()).isEmpty();
    }

    /** Homes of gateways that were killed are put away by the next one: see {@link DriverHomeTest}. */
    @Test
    @EnabledOnOs(OS.LINUX)
    void keepsWorkspacesInAHomeAndTakesBothAway() throws Exception {
        SandboxSpec spec = new SandboxSpec(
                Path.of("/bin/sh"),
                List.of("-c", "pwd; exec sleep 60"),
                Map.of(),
                null,
                new Isolation.Limits(256L << 20, 32, 4L << 20, 8L << 20, 64));
        Path workspace;
        Path home;
        try (Sandbox sandbox = driver.start(spec);
                BufferedReader lines = new BufferedReader(new InputStreamReader(sandbox.stdout(), UTF_8))) {
            workspace = Path.of(lines.readLine());
            home = requireNonNull(workspace.getParent());
            assertThat(home.toString()).contains("stepgate-sandbox-");
            assertThat(home).isDirectoryContaining("glob:**/running-*");
        }
        assertThat(workspace).doesNotExist();
        driver.close();
        assertThat(home).doesNotExist();
    }
}
