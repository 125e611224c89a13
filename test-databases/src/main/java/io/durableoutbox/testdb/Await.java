package io.durableoutbox.testdb;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;

/**
 * Waits, two minutes unless told otherwise, for the very thing that a test then relies on: what it
 * reads again and again is what it asserts, and the last value is in the failure's message.
 */
public final class Await {
  private static final Duration PATIENCE = Duration.ofMinutes(2);
  private static final long PAUSE_NANOS = 5_000_000;

  private Await() {}

  /** Reads what is waited for. */
  public interface Reading<T> {
    T read() throws Exception;
  }

  /** Waits until it is true. */
  public static void until(String what, Reading<Boolean> reading) {
    equal(what, true, reading);
  }

  /** Waits until it is equal to what is wanted. */
  public static <T> void equal(String what, T wanted, Reading<? extends T> reading) {
    value(what, reading, wanted::equals);
  }

  /**
   * Waits until it is as wanted, and returns it, so that more can be asserted of the same value.
   */
  public static <T> T value(String what, Reading<T> reading, Predicate<? super T> wanted) {
    return value(what, PATIENCE, reading, wanted);
  }

  /** As {@link #value(String, Reading, Predicate)}, for as long as told. */
  public static <T> T value(
      String what, Duration within, Reading<T> reading, Predicate<? super T> wanted) {
    long began = System.nanoTime();
    while (true) {
      T now = read(what, reading);
      if (wanted.test(now)) {
        return now;
      }
      if (System.nanoTime() - began > within.toNanos()) {
        throw new AssertionError("not within " + within + ": " + what + "; at last: " + now);
      }
      if (Thread.currentThread().isInterrupted()) {
        throw new AssertionError("interrupted while waiting: " + what + "; at last: " + now);
      }
      LockSupport.parkNanos(PAUSE_NANOS);
    }
  }

  private static <T> T read(String what, Reading<T> reading) {
    try {
      return reading.read();
    } catch (RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new IllegalStateException("can't be read: " + what, e);
    }
  }
}
