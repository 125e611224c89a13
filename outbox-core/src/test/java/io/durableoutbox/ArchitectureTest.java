package io.durableoutbox;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.assignableTo;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.methods;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaMethod;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.domain.JavaType;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import com.tngtech.archunit.library.dependencies.SliceAssignment;
import com.tngtech.archunit.library.dependencies.SliceIdentifier;
import io.durableoutbox.internal.relay.RelayEngine;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What may know what. */
class ArchitectureTest {
  private static final JavaClasses CORE =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages("io.durableoutbox");

  private static final String[] API = {
    "io.durableoutbox",
    "io.durableoutbox.destination",
    "io.durableoutbox.relay",
    "io.durableoutbox.store"
  };
  private static final String RELAY = "io.durableoutbox.internal.relay..";
  private static final String LOOP = "io.durableoutbox.internal.schedule";
  private static final String[] CLIENT_LIBRARIES = {"okhttp3..", "okio..", "tools.jackson.."};

  @Test
  void theClassesWereFound() {
    assertThat(CORE.contain(Action.class)).isTrue();
    assertThat(CORE.contain(ArchitectureTest.class)).isFalse();
    assertThat(CORE.containPackage("io.durableoutbox.internal.relay")).isTrue();
  }

  @Test
  void onlyTheMoEngageClientKnowsOkHttp() {
    noClasses()
        .that()
        .resideOutsideOfPackage("io.durableoutbox.internal.moengage")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("okhttp3..", "okio..")
        .check(CORE);
  }

  @Test
  void noPublicClassKnowsJackson() {
    noClasses()
        .that()
        .resideOutsideOfPackage("io.durableoutbox.internal..")
        .and()
        .arePublic()
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("tools.jackson..", "com.fasterxml..")
        .check(CORE);
  }

  @Test
  void nothingKnowsADatabase() {
    noClasses()
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            "java.sql..",
            "javax.sql..",
            "org.jooq..",
            "org.flywaydb..",
            "org.postgresql..",
            "org.h2..")
        .check(CORE);
  }

  @Test
  void whatAuthorsOfDestinationsNeedKnowsNoInternals() {
    noClasses()
        .that()
        .resideInAnyPackage("io.durableoutbox.destination", "io.durableoutbox.store")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("io.durableoutbox.internal..")
        .check(CORE);
  }

  @Test
  void theRelayKnowsNoDestinationOfItsOwn() {
    noClasses()
        .that()
        .resideInAPackage(RELAY)
        .should()
        .dependOnClassesThat()
        .resideInAPackage("io.durableoutbox.internal.moengage..")
        .orShould()
        .dependOnClassesThat()
        .haveSimpleNameContaining("MoEngage")
        .check(CORE);
  }

  @Test
  void noPackagesDependOnEachOther() {
    slices()
        .assignedFrom(by("package", JavaClass::getPackageName))
        .should()
        .beFreeOfCycles()
        .check(CORE);
  }

  @Test
  void noClassesOfTheRelayDependOnEachOther() {
    slices()
        .assignedFrom(by("class", ArchitectureTest::topLevelClassOfTheRelay))
        .should()
        .beFreeOfCycles()
        .check(CORE);
  }

  @Test
  void onlyTheRelaysEntryKnowsItsEngine() {
    noClasses()
        .that()
        .resideInAPackage(RELAY)
        .and(areNot(List.of(RelayEngine.class)))
        .should()
        .dependOnClassesThat()
        .areAssignableTo(RelayEngine.class)
        .check(CORE);
  }

  private static String topLevelClassOfTheRelay(JavaClass type) {
    return type.getPackageName().equals("io.durableoutbox.internal.relay")
        ? type.getName().replaceFirst("\\$.*", "")
        : "";
  }

  private static SliceAssignment by(String what, Function<JavaClass, String> name) {
    return new SliceAssignment() {
      @Override
      public SliceIdentifier getIdentifierOf(JavaClass type) {
        String id = name.apply(type);
        return id.isEmpty() ? SliceIdentifier.ignore() : SliceIdentifier.of(id);
      }

      @Override
      public String getDescription() {
        return "each " + what;
      }
    };
  }

  @Test
  void publicSignaturesNameOnlyOurOwnTypesAndTheJdks() {
    methods()
        .that()
        .areDeclaredInClassesThat()
        .resideInAnyPackage(API)
        .and()
        .areDeclaredInClassesThat()
        .arePublic()
        .and()
        .haveModifier(JavaModifier.PUBLIC)
        .should(haveNoTypeOf(resideInAnyPackage(CLIENT_LIBRARIES)))
        .andShould(haveNoTypeOf(resideInAnyPackage("io.durableoutbox.internal..")))
        .check(CORE);
  }

  @Test
  void onlyTheSchedulersOfTheRelayKnowThreads() {
    noClasses()
        .that()
        .resideInAnyPackage(RELAY, LOOP)
        .and(areNot(schedulers()))
        .should()
        .dependOnClassesThat(
            assignableTo(Thread.class)
                .or(assignableTo(Executor.class))
                .or(assignableTo(ThreadFactory.class))
                .or(assignableTo(java.util.Timer.class))
                .or(resideInAnyPackage("java.util.concurrent.locks..")))
        .check(CORE);
  }

  @Test
  void theRelayIsGivenItsClockAndItsRandomness() {
    noClasses()
        .that()
        .resideInAnyPackage(RELAY, LOOP)
        .should()
        .callMethod(System.class, "currentTimeMillis")
        .orShould()
        .callMethod(Instant.class, "now")
        .orShould()
        .callMethod(Instant.class, "now", Clock.class)
        .orShould()
        .callMethod(UUID.class, "randomUUID")
        .orShould()
        .callMethod(Math.class, "random")
        .orShould()
        .dependOnClassesThat(assignableTo(Random.class).or(assignableTo(ThreadLocalRandom.class)))
        .orShould()
        .dependOnClassesThat(assignableTo(Clock.class))
        .check(CORE);
  }

  @Test
  void onlyTheSchedulersOfTheRelayReadTheSystemsTime() {
    noClasses()
        .that()
        .resideInAnyPackage(RELAY, LOOP)
        .and(areNot(schedulers()))
        .should()
        .callMethod(System.class, "nanoTime")
        .check(CORE);
  }

  private static List<Class<?>> schedulers() {
    return List.of(
        io.durableoutbox.internal.schedule.LoopScheduler.class,
        io.durableoutbox.internal.schedule.CallerScheduler.class);
  }

  private static DescribedPredicate<JavaClass> areNot(List<Class<?>> classes) {
    return describe(
        "are none of " + classes,
        type ->
            classes.stream()
                .map(Class::getName)
                .noneMatch(
                    name -> type.getName().equals(name) || type.getName().startsWith(name + "$")));
  }

  private static ArchCondition<JavaMethod> haveNoTypeOf(DescribedPredicate<JavaClass> foreign) {
    return new ArchCondition<>("have no type of those that " + foreign.getDescription()) {
      @Override
      public void check(JavaMethod method, ConditionEvents events) {
        Stream.of(
                method.getParameterTypes().stream(),
                Stream.of(method.getReturnType()),
                method.getTypeParameters().stream())
            .flatMap(types -> types)
            .flatMap(type -> ((JavaType) type).getAllInvolvedRawTypes().stream())
            .filter(foreign)
            .forEach(
                type ->
                    events.add(
                        SimpleConditionEvent.violated(
                            method, method.getFullName() + " names " + type.getName())));
      }
    };
  }
}
