package dev.stepgate;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

@AnalyzeClasses(packages = "dev.stepgate", importOptions = DoNotIncludeTests.class)
class ArchitectureTest {

    @ArchTest
    static final ArchRule onlyTheHttpAdapterKnowsVertx = noClasses()
            .that()
            .resideOutsideOfPackages("dev.stepgate.adapter.http", "dev.stepgate.adapter.openenv")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.vertx..", "io.netty..");

    @ArchTest
    static final ArchRule theProtocolDoesNoInputOrOutputAndReadsNoClock = noClasses()
            .that()
            .resideInAnyPackage("dev.stepgate.json", "dev.stepgate.mcp")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "java.net..", "java.nio.file..", "java.nio.channels..", "java.time..", "java.util.concurrent..")
            .orShould()
            .dependOnClassesThat()
            .haveNameMatching("java\\.io\\.(File|RandomAccess|.*Reader|.*Writer|PrintStream).*");

    @ArchTest
    static final ArchRule theVocabularyKnowsTheJdkAndTreesOnly = classes()
            .that()
            .resideInAPackage("dev.stepgate.tool")
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage(
                    "dev.stepgate.tool",
                    "java..",
                    "com.fasterxml.jackson.databind..",
                    "com.fasterxml.jackson.core..",
                    "org.jspecify..");

    @ArchTest
    static final ArchRule nothingHereIsInjected =
            noClasses().should().dependOnClassesThat().resideInAnyPackage("jakarta..", "io.quarkus..", "io.smallrye..");

    @ArchTest
    static final ArchRule packagesFormNoCycle =
            slices().matching("dev.stepgate.(**)").should().beFreeOfCycles();
}
