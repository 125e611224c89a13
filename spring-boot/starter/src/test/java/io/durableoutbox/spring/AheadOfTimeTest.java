package io.durableoutbox.spring;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.springframework.aot.hint.RuntimeHints;
import org.springframework.aot.hint.predicate.RuntimeHintsPredicates;
import org.springframework.aot.test.generate.TestGenerationContext;
import org.springframework.boot.actuate.endpoint.SanitizingFunction;
import org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration;
import org.springframework.boot.test.util.TestPropertyValues;
import org.springframework.context.ApplicationContextInitializer;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.aot.ApplicationContextAotGenerator;
import org.springframework.context.support.GenericApplicationContext;
import org.springframework.core.test.tools.CompileWithForkedClassLoader;
import org.springframework.core.test.tools.TestCompiler;
import org.springframework.jdbc.datasource.ConnectionHolder;
import org.springframework.util.ReflectionUtils;

/** What Spring makes ahead of time starts, and a native image is told what it needs. */
class AheadOfTimeTest {
  private static final String[] SETTINGS = {
    "spring.datasource.url=jdbc:h2:mem:aot",
    "outbox.moengage.workspace-id=W",
    "outbox.moengage.api-key=K",
    "outbox.moengage.data-center=01",
    "outbox.maintenance.enabled=true"
  };

  @Test
  @CompileWithForkedClassLoader
  void theContextThatWasMadeAheadOfTimeStarts() {
    AnnotationConfigApplicationContext source = new AnnotationConfigApplicationContext();
    TestPropertyValues.of(SETTINGS).applyTo(source);
    source.register(
        DataSourceAutoConfiguration.class,
        OutboxAutoConfiguration.class,
        OutboxActuatorAutoConfiguration.class);
    TestGenerationContext generation = new TestGenerationContext();
    var initializer = new ApplicationContextAotGenerator().processAheadOfTime(source, generation);
    generation.writeGeneratedContent();
    TestCompiler.forSystem()
        .with(generation)
        .compile(
            compiled -> {
              GenericApplicationContext context = new GenericApplicationContext();
              TestPropertyValues.of(SETTINGS).applyTo(context);
              @SuppressWarnings("unchecked")
              ApplicationContextInitializer<GenericApplicationContext> generated =
                  compiled.getInstance(ApplicationContextInitializer.class, initializer.toString());
              generated.initialize(context);
              context.refresh();
              assertThat(context.getBean(OutboxRelay.class).isRunning()).isTrue();
              assertThat(context.getBean(TransactionalOutbox.class)).isNotNull();
              assertThat(context.getBean(SanitizingFunction.class)).isNotNull();
              context.close();
            });
  }

  @Test
  void aNativeImageHasTheMigrationsAndTheOneCallByReflection() {
    RuntimeHints hints = new RuntimeHints();
    new OutboxRuntimeHints().registerHints(hints, getClass().getClassLoader());
    assertThat(
            RuntimeHintsPredicates.resource()
                .forResource("durable-outbox/postgresql/V1__outbox.sql"))
        .accepts(hints);
    assertThat(
            RuntimeHintsPredicates.reflection()
                .onMethodInvocation(
                    Objects.requireNonNull(
                        ReflectionUtils.findMethod(
                            ConnectionHolder.class, SpringTransactionOutbox.TRANSACTION_ACTIVE))))
        .accepts(hints);
  }
}
