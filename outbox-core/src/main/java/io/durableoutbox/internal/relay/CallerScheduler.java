package io.durableoutbox.internal.relay;

import java.time.Duration;
import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** A loop on the thread that calls {@link #run}, for users who have a scheduler of their own. */
public final class CallerScheduler implements Scheduler {
  private final BlockingQueue<Runnable> tasks = new LinkedBlockingQueue<>();
  // Touched by the loop only. Nanosecond times may overflow, so they are ordered by their distance
  // from the first.
  private final long base = System.nanoTime();
  private final PriorityQueue<Delayed> timers =
      new PriorityQueue<>(Comparator.comparingLong((Delayed d) -> d.dueNanos - base));
  private boolean ended;

  private record Delayed(long dueNanos, Runnable task) {}

  @Override
  public long nanoTime() {
    return System.nanoTime();
  }

  @Override
  public void execute(Runnable task) {
    tasks.add(task);
  }

  @Override
  public Timer schedule(Duration delay, Runnable task) {
    Delayed delayed = new Delayed(nanoTime() + delay.toNanos(), task);
    timers.add(delayed);
    return () -> timers.remove(delayed);
  }

  @Override
  public <T> void call(Callable<T> blocking, BiConsumer<@Nullable T, @Nullable Throwable> then) {
    execute(
        () -> {
          T result = null;
          Throwable failure = null;
          try {
            result = blocking.call();
          } catch (Exception e) {
            failure = e;
          }
          then.accept(result, failure);
        });
  }

  /** Ends {@link #run} after the task that is running. */
  public void end() {
    ended = true;
  }

  /**
   * Runs tasks and timers until {@link #end}.
   *
   * @param onInterrupt called once, on the loop, if this thread is interrupted meanwhile; the
   *     interrupt is restored at the end
   */
  public void run(Runnable onInterrupt) {
    boolean interrupted = false;
    while (!ended) {
      try {
        Runnable task = next();
        if (task != null) {
          task.run();
        }
      } catch (InterruptedException e) {
        if (!interrupted) {
          interrupted = true;
          onInterrupt.run();
        }
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private @Nullable Runnable next() throws InterruptedException {
    Delayed first = timers.peek();
    if (first == null) {
      return tasks.take();
    }
    long wait = first.dueNanos - nanoTime();
    if (wait > 0) {
      return tasks.poll(wait, TimeUnit.NANOSECONDS);
    }
    timers.remove();
    return first.task;
  }
}
