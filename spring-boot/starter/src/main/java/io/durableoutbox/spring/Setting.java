package io.durableoutbox.spring;

import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Gives settings to the library's builders, and says which one is refused. */
final class Setting {
  private Setting() {}

  /** Sets it, unless it is null. */
  static <T> void set(String property, @Nullable T value, Consumer<T> setter) {
    if (value != null) {
      check(property, () -> setter.accept(value));
    }
  }

  /** Runs what checks a setting or several together. */
  static void check(String property, Runnable check) {
    try {
      check.run();
    } catch (IllegalArgumentException e) {
      throw new OutboxStartException(
          property + " is refused: " + e.getMessage(),
          "Correct " + property + "; docs/spring-boot.md lists all settings and their limits.",
          e);
    }
  }
}
