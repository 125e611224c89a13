package io.durableoutbox.internal.schedule;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** The loop that a relay's decisions run on, its timers, and its way to call what blocks. */
public interface Scheduler {
  /** Returns a time that only goes forward, in nanoseconds; meaningful only in differences. */
  long nanoTime();

  /**
   * Runs the task on the loop, after those that were given before. From any thread; ignored once
   * the loop has ended.
   */
  void execute(Runnable task);

  /** Runs the task on the loop after the delay. */
  Timer schedule(Duration delay, Runnable task);

  /**
   * Calls what may block off the loop, and then, on the loop, {@code then} with its result or its
   * failure.
   */
  <T> void call(Callable<T> blocking, BiConsumer<@Nullable T, @Nullable Throwable> then);

  /** A task that may still be cancelled. */
  interface Timer {
    /** Keeps the task from running, if it has not run. On the loop. */
    void cancel();
  }
}
