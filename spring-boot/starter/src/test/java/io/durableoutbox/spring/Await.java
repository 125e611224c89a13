package io.durableoutbox.spring;

import java.util.function.BooleanSupplier;

/** Waits for a condition. */
final class Await {
  private Await() {}

  /** Waits until it holds, two minutes at most. */
  static void until(String what, BooleanSupplier condition) {
    io.durableoutbox.testdb.Await.until(what, condition::getAsBoolean);
  }
}
