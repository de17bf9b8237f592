package dev.stepgate.environment;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

@AnalyzeClasses(packages = "dev.stepgate.environment", importOptions = DoNotIncludeTests.class)
class ArchitectureTest {

    @ArchTest
    static final ArchRule environmentsKnowTheYamlReaderAndNoPolicy =
            noClasses().should().dependOnClassesThat().resideInAnyPackage("dev.stepgate.policy..");

    @ArchTest
    static final ArchRule environmentsKnowNoFramework = noClasses()
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.quarkus..", "io.vertx..", "io.netty..", "io.smallrye..", "jakarta..");

    @ArchTest
    static final ArchRule theBundledEnvironmentsKnowNoDriver = noClasses()
            .that()
            .resideInAPackage("..bundled")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("..driver");

    @ArchTest
    static final ArchRule packagesFormNoCycle =
            slices().matching("dev.stepgate.(**)").should().beFreeOfCycles();
}
