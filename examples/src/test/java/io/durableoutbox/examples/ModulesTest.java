package io.durableoutbox.examples;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.methods;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaMethod;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Which module may know which, and where each library may appear; seen from the one module that
 * knows all.
 */
class ModulesTest {
  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages("io.durableoutbox");

  private static final String[] CORE = {
    "io.durableoutbox",
    "io.durableoutbox.destination",
    "io.durableoutbox.relay",
    "io.durableoutbox.store",
    "io.durableoutbox.internal.."
  };
  private static final String JDBC = "io.durableoutbox.jdbc..";
  private static final String MIGRATIONS = "io.durableoutbox.migrations..";
  private static final String TESTKIT = "io.durableoutbox.testkit..";

  private static void unknownTo(String[] packages, String... unknown) {
    noClasses()
        .that()
        .resideInAnyPackage(packages)
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(unknown)
        .check(CLASSES);
  }

  @Test
  void coreKnowsNoOtherModule() {
    unknownTo(CORE, JDBC, MIGRATIONS, TESTKIT);
  }

  @Test
  void jdbcKnowsOnlyCore() {
    unknownTo(new String[] {JDBC}, MIGRATIONS, TESTKIT);
  }

  @Test
  void migrationsAndTestkitStandAlone() {
    unknownTo(new String[] {MIGRATIONS}, CORE);
    unknownTo(new String[] {MIGRATIONS}, JDBC, TESTKIT);
    unknownTo(new String[] {TESTKIT}, CORE);
    unknownTo(new String[] {TESTKIT}, JDBC, MIGRATIONS);
  }

  @Test
  void eachLibraryIsInItsRoom() {
    noClasses()
        .that()
        .resideOutsideOfPackage("io.durableoutbox.jdbc.internal..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("org.jooq..")
        .check(CLASSES);
    noClasses()
        .that()
        .resideOutsideOfPackage("io.durableoutbox.migrations")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("org.flywaydb..")
        .check(CLASSES);
  }

  @Test
  void noLibrarysTypeIsInAPublicSignature() {
    methods()
        .that()
        .arePublic()
        .and()
        .areDeclaredInClassesThat()
        .arePublic()
        .and()
        .areDeclaredInClassesThat()
        .resideInAnyPackage(
            "io.durableoutbox",
            "io.durableoutbox.destination",
            "io.durableoutbox.relay",
            "io.durableoutbox.store",
            "io.durableoutbox.jdbc",
            "io.durableoutbox.migrations")
        .should(
            new ArchCondition<JavaMethod>("name only the JDK's and the outbox's types") {
              @Override
              public void check(JavaMethod method, ConditionEvents events) {
                Stream.concat(
                        Stream.of(method.getRawReturnType()),
                        method.getRawParameterTypes().stream())
                    .map(JavaClass::getBaseComponentType)
                    .filter(type -> !type.isPrimitive())
                    .filter(
                        type ->
                            !type.getPackageName()
                                .matches("(java|javax|io\\.durableoutbox)(\\..*)?"))
                    .forEach(
                        type ->
                            events.add(
                                SimpleConditionEvent.violated(
                                    method, method.getFullName() + " names " + type.getName())));
              }
            })
        .check(CLASSES);
  }
}
