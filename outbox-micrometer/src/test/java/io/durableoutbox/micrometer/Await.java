package io.durableoutbox.micrometer;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

final class Await {
  private Await() {}

  /** Waits until it holds, 10 seconds at most. */
  static void until(BooleanSupplier condition) {
    long deadline = System.nanoTime() + Duration.ofSeconds(10).toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - deadline > 0) {
        throw new AssertionError("it did not come to hold within 10 s");
      }
      LockSupport.parkNanos(10_000_000);
    }
  }
}
