package dev.stepgate.policy;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

@AnalyzeClasses(
        packages = {"dev.stepgate.policy", "dev.stepgate.yaml"},
        importOptions = DoNotIncludeTests.class)
class PolicyArchitectureTest {

    @ArchTest
    static final ArchRule theEngineKnowsOnlyJava = classes()
            .that()
            .resideInAPackage("dev.stepgate.policy")
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage("dev.stepgate.policy", "java..", "org.jspecify..");

    @ArchTest
    static final ArchRule onlyYamlKnowsTheYamlLibrary = noClasses()
            .that()
            .resideOutsideOfPackage("dev.stepgate.yaml")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("org.snakeyaml..");

    @ArchTest
    static final ArchRule onlySchemaKnowsTheJsonLibraries = noClasses()
            .that()
            .resideOutsideOfPackage("dev.stepgate.policy.schema")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("com.networknt..", "com.fasterxml..");

    @ArchTest
    static final ArchRule onlyCelKnowsTheExpressionLibrary = noClasses()
            .that()
            .resideOutsideOfPackage("dev.stepgate.policy.cel")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("dev.cel..", "com.google.protobuf..");

    @ArchTest
    static final ArchRule onlySqlKnowsTheSqlLibrary = noClasses()
            .that()
            .resideOutsideOfPackage("dev.stepgate.policy.sql")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("net.sf.jsqlparser..");

    @ArchTest
    static final ArchRule packagesFormNoCycle =
            slices().matching("dev.stepgate.(**)").should().beFreeOfCycles();
}
