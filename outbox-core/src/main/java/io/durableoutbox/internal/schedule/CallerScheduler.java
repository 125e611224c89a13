package io.durableoutbox.internal.schedule;

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
  private boolean interrupted;
  private boolean told;
  private Runnable whenInterrupted = () -> {};

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

  /**
   * Calls it on this thread, which is not interrupted then: a database in a file may close the file
   * when a thread is interrupted that reads it.
   */
  @Override
  public <T> void call(Callable<T> blocking, BiConsumer<@Nullable T, @Nullable Throwable> then) {
    execute(
        () -> {
          T result = null;
          Throwable failure = null;
          interrupted |= Thread.interrupted();
          try {
            result = blocking.call();
          } catch (Throwable t) {
            failure = t;
          }
          interrupted |= Thread.interrupted();
          tellOfInterrupt();
          T r = result;
          Throwable f = failure;
          // Behind whatever came meanwhile, for example that it shall stop.
          execute(() -> then.accept(r, f));
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
    whenInterrupted = onInterrupt;
    try {
      while (!ended) {
        try {
          Runnable task = next();
          if (task != null) {
            task.run();
          }
        } catch (InterruptedException e) {
          interrupted = true;
        }
        tellOfInterrupt();
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private void tellOfInterrupt() {
    if (interrupted && !told) {
      told = true;
      whenInterrupted.run();
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
