package io.durableoutbox.internal.relay;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.SplittableRandom;
import java.util.function.BooleanSupplier;

/**
 * Virtual time and everything that happens in it: one thread runs all events in the order of their
 * time, and those of the same time in the order in which they were given.
 */
final class SimWorld {
  private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

  private static final int HOT = 100_000;

  private record Event(long atNanos, long order, Runnable task) {}

  private final PriorityQueue<Event> events =
      new PriorityQueue<>(Comparator.comparingLong(Event::atNanos).thenComparingLong(Event::order));
  private final List<Runnable> observers = new ArrayList<>();
  private final SplittableRandom random;
  private long now;
  private long given;
  private int atOneInstant;

  SimWorld(long seed) {
    random = new SplittableRandom(seed);
  }

  /** Returns how long the world has existed. */
  long now() {
    return now;
  }

  Duration time() {
    return Duration.ofNanos(now);
  }

  InstantSource clock() {
    return () -> START.plusNanos(now);
  }

  /** Returns randomness of its own for one part, so that what one draws moves no other's. */
  SplittableRandom newRandom() {
    return random.split();
  }

  void after(Duration delay, Runnable task) {
    events.add(new Event(now + Math.max(0, delay.toNanos()), given++, task));
  }

  /** Calls the observer after each event, to check what must always hold. */
  void observe(Runnable observer) {
    observers.add(observer);
  }

  void runFor(Duration duration) {
    long end = now + duration.toNanos();
    while (nextIsBy(end)) {
      step();
    }
    now = end;
  }

  /** Runs until the condition holds; tells whether it did within the time. */
  boolean runUntil(BooleanSupplier condition, Duration within) {
    long end = now + within.toNanos();
    while (!condition.getAsBoolean()) {
      if (!nextIsBy(end)) {
        now = end;
        return false;
      }
      step();
    }
    return true;
  }

  private boolean nextIsBy(long end) {
    Event next = events.peek();
    return next != null && next.atNanos <= end;
  }

  private void step() {
    Event next = events.remove();
    atOneInstant = next.atNanos == now ? atOneInstant + 1 : 0;
    if (atOneInstant > HOT) {
      throw new AssertionError("something runs hot: time stands still at " + time());
    }
    now = next.atNanos;
    next.task.run();
    observers.forEach(Runnable::run);
  }
}
