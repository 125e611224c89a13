package io.durableoutbox.testkit;

import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * The threads of one destination, all daemons: as many as work at once, and one that keeps time.
 */
final class Threads {
  private final ExecutorService workers = Executors.newCachedThreadPool(Threads::thread);
  private final ScheduledThreadPoolExecutor timer =
      new ScheduledThreadPoolExecutor(1, Threads::thread);

  ExecutorService workers() {
    return workers;
  }

  /** Runs a step, which may block: now and here, or after the delay on another thread. */
  void later(Runnable step, Duration delay) {
    if (delay.isZero()) {
      step.run();
    } else {
      // The timer's one thread must never wait for a client that does not read.
      var unused =
          timer.schedule(() -> workers.execute(step), delay.toNanos(), TimeUnit.NANOSECONDS);
    }
  }

  void stop() {
    timer.shutdownNow();
    workers.shutdownNow();
  }

  private static Thread thread(Runnable task) {
    Thread thread = new Thread(task, "simulated-destination");
    thread.setDaemon(true);
    return thread;
  }
}
