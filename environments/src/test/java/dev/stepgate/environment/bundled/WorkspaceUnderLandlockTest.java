package dev.stepgate.environment.bundled;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.stepgate.environment.Guarantee;
import dev.stepgate.environment.SandboxDriver;
import dev.stepgate.environment.driver.LandlockDriver;
import org.junit.jupiter.api.BeforeAll;

/** The same without any package installed, where the kernel has Landlock. */
class WorkspaceUnderLandlockTest extends WorkspaceEnvironmentTest {

    @BeforeAll
    static void assumeItRunsHere() {
        try (SandboxDriver driver = new LandlockDriver()) {
            SandboxDriver.Probe probe = driver.probe();
            assumeTrue(probe.missing().isEmpty(), () -> "needs " + probe.missing());
            // Without it a test below would end every process of this user.
            assumeTrue(probe.guarantees().contains(Guarantee.SIGNAL), "needs a kernel from 6.12 on");
        }
    }

    @Override
    SandboxDriver driver() {
        return new LandlockDriver();
    }

    /** There is no list of processes to look in, and no other process to be hit. */
    @Override
    String endingTheShell() {
        return "kill -9 -1";
    }
}
