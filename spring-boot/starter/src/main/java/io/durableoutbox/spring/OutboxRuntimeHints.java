package io.durableoutbox.spring;

import org.jspecify.annotations.Nullable;
import org.springframework.aot.hint.ExecutableMode;
import org.springframework.aot.hint.RuntimeHints;
import org.springframework.aot.hint.RuntimeHintsRegistrar;
import org.springframework.jdbc.datasource.ConnectionHolder;
import org.springframework.util.ReflectionUtils;

/** What a native image needs to be told: the SQL of the migrations, and one call by reflection. */
final class OutboxRuntimeHints implements RuntimeHintsRegistrar {
  @Override
  public void registerHints(RuntimeHints hints, @Nullable ClassLoader classLoader) {
    hints.resources().registerPattern("durable-outbox/*/*.sql");
    var active =
        ReflectionUtils.findMethod(
            ConnectionHolder.class, SpringTransactionOutbox.TRANSACTION_ACTIVE);
    if (active != null) {
      hints.reflection().registerMethod(active, ExecutableMode.INVOKE);
    }
  }
}
