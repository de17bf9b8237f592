package dev.stepgate.environment.driver;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stepgate.environment.SandboxDriver;
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
}
