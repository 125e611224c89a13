package io.durableoutbox.internal.schedule;

import io.durableoutbox.internal.RelayLog;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/**
 * A loop on a thread of its own, and two threads for the store, which claim and settle in the order
 * of the calls. A third makes room for one more statement at once, and those that run get slower.
 */
public final class LoopScheduler implements Scheduler, AutoCloseable {
  private static final Logger log = RelayLog.LOG;
  public static final int STORE_THREADS = 2;
  private static final Duration UNTIL_MEMORY_IS_FREE = Duration.ofMillis(100);

  private final ScheduledThreadPoolExecutor loop;
  private final ThreadPoolExecutor storeCalls;
  private final AtomicInteger runningCalls = new AtomicInteger();
  private volatile @Nullable Thread loopThread;

  /** Starts the threads, daemons that are named for the relay. */
  public LoopScheduler(String relay) {
    loop = new ScheduledThreadPoolExecutor(1, task -> loopThread = daemon(task, "outbox-" + relay));
    loop.setRemoveOnCancelPolicy(true);
    loop.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    storeCalls =
        new ThreadPoolExecutor(
            STORE_THREADS,
            STORE_THREADS,
            0,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            task -> daemon(task, "outbox-" + relay + "-store"));
    try {
      // Now, and not when memory may be short.
      loop.prestartAllCoreThreads();
      storeCalls.prestartAllCoreThreads();
    } catch (Throwable t) {
      close();
      throw t;
    }
  }

  private static Thread daemon(Runnable task, String name) {
    Thread thread = new Thread(task, name);
    thread.setDaemon(true);
    return thread;
  }

  /** Returns whether the calling thread is the loop's. */
  public boolean isLoop() {
    return Thread.currentThread() == loopThread;
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
      storeCalls.execute(new Call<>(blocking, then));
    } catch (RejectedExecutionException e) {
      log.debug("The relay has ended; what came later is left to the lease");
    }
  }

  /** A call, which needs no more memory to tell its result than the loop needs for a task. */
  private final class Call<T> implements Runnable {
    private final Callable<T> blocking;
    private final BiConsumer<@Nullable T, @Nullable Throwable> then;
    private final Runnable tell = this::tell;
    private @Nullable T result;
    private @Nullable Throwable failure;

    private Call(Callable<T> blocking, BiConsumer<@Nullable T, @Nullable Throwable> then) {
      this.blocking = blocking;
      this.then = then;
    }

    @Override
    public void run() {
      runningCalls.incrementAndGet();
      try {
        result = blocking.call();
      } catch (Throwable t) {
        failure = t;
      }
      // Before it is told: who hears of the last one may end the loop at once.
      runningCalls.decrementAndGet();
      while (!isTold()) {
        LockSupport.parkNanos(UNTIL_MEMORY_IS_FREE.toNanos());
      }
    }

    /** Whoever waits for the result waits for ever if it is not told. */
    private boolean isTold() {
      try {
        execute(tell);
        return true;
      } catch (Throwable outOfMemory) {
        return loop.isShutdown();
      }
    }

    private void tell() {
      then.accept(result, failure);
    }
  }

  /**
   * Ends the threads. None is interrupted, since a database in a file may close the file then: a
   * call that runs ends by itself, and those that wait for it are forgotten.
   *
   * @return whether a call is left behind that has not ended
   */
  public boolean end() {
    loop.shutdown();
    storeCalls.shutdown();
    storeCalls.getQueue().clear();
    return runningCalls.get() > 0;
  }

  @Override
  public void close() {
    end();
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
