package dev.stepgate.environment.driver;

import dev.stepgate.environment.SandboxDrivers;
import java.util.List;

/** The drivers that there are, best first. */
public final class LocalDrivers {
    private LocalDrivers() {}

    public static SandboxDrivers create() {
        return new SandboxDrivers(List.of(new BubblewrapDriver(), new LandlockDriver()), new ProcessDriver());
    }
}
