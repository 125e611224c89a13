package io.durableoutbox;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

/** In whose room each library and each piece of the outside may appear. */
class ArchitectureTest {
  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages("io.durableoutbox");

  @Test
  void okHttpIsOnlyInTheClientOfMoEngage() {
    noClasses()
        .that()
        .resideOutsideOfPackage("io.durableoutbox.internal.moengage")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("okhttp3..", "okio..")
        .check(CLASSES);
  }

  @Test
  void jacksonIsOnlyInside() {
    noClasses()
        .that()
        .resideOutsideOfPackages("io.durableoutbox.internal", "io.durableoutbox.internal.moengage")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("tools.jackson..")
        .check(CLASSES);
  }

  @Test
  void coreKnowsNoJdbc() {
    noClasses()
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("java.sql..", "javax.sql..", "org.jooq..", "org.flywaydb..")
        .check(CLASSES);
  }

  @Test
  void theSpiStandsOnNothing() {
    classes()
        .that()
        .resideInAPackage("io.durableoutbox.spi")
        .should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage("io.durableoutbox.spi", "java..", "org.jspecify..")
        .check(CLASSES);
  }

  @Test
  void theRelaysDecisionsTouchNoThreadNoTimerAndNoClock() {
    noClasses()
        .that()
        .resideInAPackage("io.durableoutbox.internal.relay")
        .and()
        .doNotHaveSimpleName("LoopScheduler")
        .and()
        .haveNameNotMatching(".*\\.(Loop|Caller)Scheduler.*")
        .should()
        .dependOnClassesThat()
        .haveNameMatching(
            "java\\.lang\\.Thread|java\\.util\\.concurrent\\.(?!CompletionStage|Callable).*")
        .orShould()
        .callMethod(System.class, "nanoTime")
        .orShould()
        .callMethod(System.class, "currentTimeMillis")
        .orShould()
        .callMethod(java.time.Instant.class, "now")
        .check(CLASSES);
  }
}
