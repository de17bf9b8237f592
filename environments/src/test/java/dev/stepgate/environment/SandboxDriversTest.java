package dev.stepgate.environment;

import static org.assertj.core.api.Assertions.assertThat;

import dev.stepgate.environment.SandboxDrivers.Choice;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class SandboxDriversTest {
    private static final Isolation.Limits LIMITS = new Isolation.Limits(1 << 30, 64, 1 << 20, 1 << 20, 64);

    private final FakeDriver process = new FakeDriver("process", Set.of(), "");
    private final FakeDriver light = new FakeDriver("light", Profile.STANDARD.required(), "");
    private final FakeDriver heavy = new FakeDriver("heavy", EnumSet.allOf(Guarantee.class), "");
    private final FakeDriver absent = new FakeDriver("absent", Set.of(), "the package absent-tools");

    @Test
    void takesTheFirstDriverThatGivesAll() {
        assertThat(choose(List.of(light, heavy), Profile.STANDARD)).isEqualTo(new Choice.Chosen(light));
        assertThat(choose(List.of(heavy, light), Profile.STANDARD)).isEqualTo(new Choice.Chosen(heavy));
    }

    @Test
    void passesOverADriverThatGivesTooLittle() {
        assertThat(choose(List.of(absent, light, heavy), Profile.STRICT)).isEqualTo(new Choice.Chosen(heavy));
    }

    @Test
    void namesEveryMissingGuaranteeAndNoOther() {
        assertThat(choose(List.of(light), Profile.HOSTILE))
                .isEqualTo(new Choice.Unavailable(
                        "no sandbox: driver light does not hold mem_hard, cpu, kernel_separate here"));
    }

    @Test
    void namesWhatADriverNeedsToBeUsed() {
        assertThat(choose(List.of(absent, light), Profile.STRICT))
                .isEqualTo(new Choice.Unavailable("no sandbox: driver absent needs the package absent-tools; "
                        + "driver light does not hold mem_hard, cpu here"));
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "DEV")
    void neverTurnsToADriverWithoutIsolation(Profile profile) {
        assertThat(choose(List.of(), profile)).isInstanceOf(Choice.Unavailable.class);
        assertThat(choose(List.of(absent), profile)).isInstanceOf(Choice.Unavailable.class);
        assertThat(new SandboxDrivers(List.of(absent), process).choose(new Isolation(profile, Set.of(), LIMITS)))
                .isEqualTo(new Choice.Unavailable("no sandbox: driver absent needs the package absent-tools"));
    }

    @ParameterizedTest
    @EnumSource(value = Guarantee.class, mode = EnumSource.Mode.EXCLUDE, names = "NET_ALLOWLIST")
    void refusesWhereAnySingleGuaranteeIsMissing(Guarantee missing) {
        FakeDriver almost = new FakeDriver("almost", EnumSet.complementOf(EnumSet.of(missing)), "");
        assertThat(choose(List.of(almost), Profile.HOSTILE))
                .isEqualTo(new Choice.Unavailable(
                        "no sandbox: driver almost does not hold " + missing.wireName() + " here"));
    }

    @Test
    void runsWithoutIsolationUnderDevAlone() {
        assertThat(choose(List.of(heavy), Profile.DEV)).isEqualTo(new Choice.Chosen(process));
    }

    @Test
    void isolatesUnderDevWhereTheManifestAsksForAGuarantee() {
        Isolation isolation = new Isolation(Profile.DEV, Set.of(Guarantee.NET_NONE), LIMITS);
        assertThat(new SandboxDrivers(List.of(light), process).choose(isolation))
                .isEqualTo(new Choice.Chosen(light));
        assertThat(new SandboxDrivers(List.of(absent), process).choose(isolation))
                .isInstanceOf(Choice.Unavailable.class);
    }

    @Test
    void requiresMoreWithEveryProfile() {
        assertThat(Profile.DEV.required()).isEmpty();
        assertThat(Profile.STRICT.required())
                .containsAll(Profile.STANDARD.required())
                .contains(Guarantee.MEM_HARD, Guarantee.CPU)
                .doesNotContain(Guarantee.KERNEL_SEPARATE);
        assertThat(Profile.HOSTILE.required())
                .containsExactlyInAnyOrderElementsOf(EnumSet.complementOf(EnumSet.of(Guarantee.NET_ALLOWLIST)));
        assertThat(Profile.STANDARD.required())
                .hasSize(Guarantee.values().length - 4)
                .doesNotContain(Guarantee.NET_ALLOWLIST, Guarantee.MEM_HARD, Guarantee.CPU, Guarantee.KERNEL_SEPARATE);
    }

    @Test
    void findsProgramsByPathOrByName(@TempDir Path folder) throws Exception {
        Path plain = Files.writeString(folder.resolve("plain"), "");
        assertThat(SandboxDrivers.program("/bin/sh")).contains(Path.of("/bin/sh"));
        assertThat(SandboxDrivers.program("sh"))
                .hasValueSatisfying(path -> assertThat(path).isAbsolute().isExecutable());
        assertThat(SandboxDrivers.program(plain.toString())).isEmpty();
        assertThat(SandboxDrivers.program("no-program-has-this-name")).isEmpty();
    }

    @Test
    void closesAllDrivers() {
        new SandboxDrivers(List.of(light, heavy), process).close();
        assertThat(List.of(light, heavy, process)).allMatch(driver -> driver.closed);
    }

    private Choice choose(List<SandboxDriver> isolating, Profile profile) {
        return new SandboxDrivers(isolating, process).choose(new Isolation(profile, profile.required(), LIMITS));
    }

    private static final class FakeDriver implements SandboxDriver {
        private final String id;
        private final Probe probe;
        private boolean closed;

        FakeDriver(String id, Set<Guarantee> guarantees, String missing) {
            this.id = id;
            this.probe = new Probe(guarantees, missing);
        }

        @Override
        public String id() {
            return id;
        }

        @Override
        public Probe probe() {
            return probe;
        }

        @Override
        public String packagesFolder(SandboxSpec spec) {
            return "";
        }

        @Override
        public Sandbox start(SandboxSpec spec) throws SandboxRefused {
            throw new SandboxRefused("starts nothing");
        }

        @Override
        public void close() {
            closed = true;
        }
    }
}
