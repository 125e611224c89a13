package io.durableoutbox.internal.relay;

import java.time.Duration;
import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.concurrent.Callable;
import java.util.function.BiConsumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** Simulated time: what is scheduled runs in order of its time, on the caller's thread, at once. */
final class SimScheduler implements Scheduler {
  private record Event(long atNanos, long order, Life process, Runnable task) {}

  /** A process that may crash: nothing that it scheduled runs after that. */
  static final class Life {
    boolean dead;
  }

  /** What all processes of a simulation share. */
  static final class Time {
    private final PriorityQueue<Event> events =
        new PriorityQueue<>(
            Comparator.comparingLong((Event e) -> e.atNanos).thenComparingLong(e -> e.order));
    private long nowNanos = 1_000_000_000_000L;
    private long order;
    long steps;

    long now() {
      return nowNanos;
    }

    Event add(Life process, long delayNanos, Runnable task) {
      Event event = new Event(nowNanos + Math.max(0, delayNanos), order++, process, task);
      events.add(event);
      return event;
    }

    /** Runs what is due until the time has passed. */
    void run(Duration duration) {
      long end = nowNanos + duration.toNanos();
      while (!events.isEmpty() && events.peek().atNanos <= end) {
        Event event = events.remove();
        nowNanos = event.atNanos;
        if (!event.process.dead) {
          steps++;
          event.task.run();
        }
      }
      nowNanos = end;
    }
  }

  private final Time time;
  private final Life process;
  private final LongSupplier storeDelayNanos;

  SimScheduler(Time time, Life process, LongSupplier storeDelayNanos) {
    this.time = time;
    this.process = process;
    this.storeDelayNanos = storeDelayNanos;
  }

  @Override
  public long nanoTime() {
    return time.now();
  }

  @Override
  public void execute(Runnable task) {
    time.add(process, 0, task);
  }

  @Override
  public Timer schedule(Duration delay, Runnable task) {
    Event event = time.add(process, delay.toNanos(), task);
    return () -> time.events.remove(event);
  }

  @Override
  public <T> void call(Callable<T> blocking, BiConsumer<@Nullable T, @Nullable Throwable> then) {
    // The statement takes effect at one moment and is answered at a later one; a crash may fall
    // between.
    time.add(
        process,
        storeDelayNanos.getAsLong(),
        () -> {
          T result = null;
          Throwable failure = null;
          try {
            result = blocking.call();
          } catch (Exception e) {
            failure = e;
          }
          T r = result;
          Throwable f = failure;
          time.add(process, storeDelayNanos.getAsLong(), () -> then.accept(r, f));
        });
  }
}
