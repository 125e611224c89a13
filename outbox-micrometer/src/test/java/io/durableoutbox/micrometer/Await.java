package io.durableoutbox.micrometer;

import java.util.function.BooleanSupplier;

final class Await {
  private Await() {}

  /** Waits until it holds, two minutes at most. */
  static void until(BooleanSupplier condition) {
    io.durableoutbox.testdb.Await.until("it holds", condition::getAsBoolean);
  }
}
