package io.durableoutbox.internal.relay;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A loop on a thread of its own, and two threads for the store, which claim and settle in the order
 * of the calls. A third makes room for one more statement at once, and those that run get slower.
 */
public final class LoopScheduler implements Scheduler, AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(RelayEngine.class);
  static final int STORE_THREADS = 2;

  private final ScheduledThreadPoolExecutor loop;
  private final ExecutorService storeCalls;

  /** Starts the threads, daemons that are named for the relay. */
  public LoopScheduler(String relay) {
    loop = new ScheduledThreadPoolExecutor(1, daemons("outbox-" + relay));
    loop.setRemoveOnCancelPolicy(true);
    loop.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    ThreadPoolExecutor store =
        new ThreadPoolExecutor(
            STORE_THREADS,
            STORE_THREADS,
            0,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            daemons("outbox-" + relay + "-store"));
    // Now, and not when memory may be short.
    loop.prestartAllCoreThreads();
    store.prestartAllCoreThreads();
    storeCalls = store;
  }

  private static ThreadFactory daemons(String name) {
    return task -> {
      Thread thread = new Thread(task, name);
      thread.setDaemon(true);
      return thread;
    };
  }

  @Override
  public long nanoTime() {
    return System.nanoTime();
  }

  @Override
  public void execute(Runnable task) {
    try {
      loop.execute(guarded(task));
    } catch (RejectedExecutionException e) {
      log.debug("The relay has ended; what came later is left to the lease");
    }
  }

  @Override
  public Timer schedule(Duration delay, Runnable task) {
    try {
      Future<?> future = loop.schedule(guarded(task), delay.toNanos(), TimeUnit.NANOSECONDS);
      return () -> future.cancel(false);
    } catch (RejectedExecutionException e) {
      return () -> {};
    }
  }

  @Override
  public <T> void call(Callable<T> blocking, BiConsumer<@Nullable T, @Nullable Throwable> then) {
    try {
      storeCalls.execute(
          () -> {
            T result = null;
            Throwable failure = null;
            try {
              result = blocking.call();
            } catch (Throwable t) {
              failure = t;
            }
            T r = result;
            Throwable f = failure;
            execute(() -> then.accept(r, f));
          });
    } catch (RejectedExecutionException e) {
      log.debug("The relay has ended; what came later is left to the lease");
    }
  }

  /** Ends the threads; what still runs is interrupted. */
  @Override
  public void close() {
    loop.shutdownNow();
    storeCalls.shutdownNow();
  }

  /** No task's failure ends the loop. */
  private static Runnable guarded(Runnable task) {
    return () -> {
      try {
        task.run();
      } catch (Throwable t) {
        log.error("A step of the relay failed; the relay goes on", t);
      }
    };
  }
}
