package dev.stepgate.gateway;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.core.importer.Location;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import dev.stepgate.gateway.authorization.AuthorizedCall;
import dev.stepgate.gateway.credential.CredentialedCall;
import dev.stepgate.gateway.identity.AuthenticatedCall;
import dev.stepgate.gateway.identity.Principal;
import dev.stepgate.tool.ToolAdapter;

/** The shape of the gateway, as ARCHITECTURE.md describes it. */
@AnalyzeClasses(
        packages = "dev.stepgate",
        importOptions = {ImportOption.DoNotIncludeTests.class, ArchitectureTest.NoTestJars.class})
class ArchitectureTest {
    /** Of a whole build this module sees the tests of others as a jar, of a build without packages as a folder. */
    static final class NoTestJars implements ImportOption {
        @Override
        public boolean includes(Location location) {
            return !location.contains("-tests.jar");
        }
    }

    private static final String HTTP = "dev.stepgate.gateway.http..";
    private static final String CONFIG = "dev.stepgate.gateway.config..";
    private static final String CLI = "dev.stepgate.gateway.cli..";

    @ArchTest
    static final ArchRule PACKAGES_FORM_NO_CYCLE =
            slices().matching("dev.stepgate.(**)").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule ONLY_FACES_AND_ASSEMBLY_KNOW_THE_FRAMEWORK = noClasses()
            .that()
            .resideInAPackage("dev.stepgate.gateway..")
            .and()
            .resideOutsideOfPackages(HTTP, CONFIG, CLI, "dev.stepgate.gateway.telemetry..")
            .should()
            .dependOnClassesThat(resideInAnyPackage("io.quarkus..", "io.vertx..", "io.smallrye..", "jakarta..")
                    .and(not(resideInAnyPackage("io.smallrye.jwt..", "io.quarkus.vault.client.."))));

    @ArchTest
    static final ArchRule ONLY_ONE_PACKAGE_KNOWS_THE_CLIENT_OF_VAULT = noClasses()
            .that()
            .resideOutsideOfPackage("dev.stepgate.gateway.credential.vault..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.quarkus.vault.client..");

    @ArchTest
    static final ArchRule ONLY_IDENTITY_KNOWS_THE_FORM_OF_TOKENS = noClasses()
            .that()
            .resideOutsideOfPackage("dev.stepgate.gateway.identity..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.smallrye.jwt..", "org.jose4j..");

    @ArchTest
    static final ArchRule PLAIN_MODULES_KNOW_NO_FRAMEWORK = noClasses()
            .that()
            .resideOutsideOfPackages(
                    "dev.stepgate.gateway..", "dev.stepgate.adapter.http..", "dev.stepgate.adapter.openenv..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.quarkus..", "io.vertx..", "jakarta..");

    @ArchTest
    static final ArchRule NOTHING_IMPORTS_THE_FACES = noClasses()
            .that()
            .resideOutsideOfPackage(HTTP)
            .should()
            .dependOnClassesThat()
            .resideInAPackage(HTTP);

    @ArchTest
    static final ArchRule ONLY_UPSTREAM_CALLS_AN_ADAPTER = noClasses()
            .that()
            .resideInAPackage("dev.stepgate.gateway..")
            .and()
            .resideOutsideOfPackages("dev.stepgate.gateway.upstream..", CONFIG)
            .should()
            .dependOnClassesThat()
            .areAssignableTo(ToolAdapter.class);

    @ArchTest
    static final ArchRule ONLY_A_STAGE_MAKES_ITS_TYPE = classes()
            .that()
            .areAssignableTo(Principal.class)
            .or()
            .areAssignableTo(AuthenticatedCall.class)
            .or()
            .areAssignableTo(AuthorizedCall.class)
            .or()
            .areAssignableTo(CredentialedCall.class)
            .should(StageTypes.haveOnlyPackagePrivateConstructors());
}
