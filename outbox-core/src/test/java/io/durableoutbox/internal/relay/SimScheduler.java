package io.durableoutbox.internal.relay;

import io.durableoutbox.internal.schedule.LoopScheduler;
import io.durableoutbox.internal.schedule.Scheduler;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.Callable;
import java.util.function.BiConsumer;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The loop of one engine in the world's time. Store calls take virtual time, and as many run at
 * once as in {@link LoopScheduler}; unlike there, a step that throws fails the test, unless that
 * was injected.
 */
final class SimScheduler implements Scheduler {
  private final SimWorld world;
  private final Supplier<Duration> storeDelay;
  // Close to the end of a long, so that a comparison that is no difference shows.
  private final long origin = Long.MAX_VALUE - Duration.ofSeconds(30).toNanos();
  private final Deque<Runnable> waitingCalls = new ArrayDeque<>();
  private final Deque<Runnable> halted = new ArrayDeque<>();
  private int runningCalls;
  private boolean dead;
  private boolean frozen;

  /** Called before each step of the loop and before a store call arrives; may crash or freeze. */
  Runnable beforeStep = () -> {};

  /** Whether a store call arrives that a crash or a freeze finds on its way. */
  BooleanSupplier stillArrives = () -> true;

  /** Whether the loop goes on after a step that threw this. */
  Predicate<Throwable> survives = failure -> false;

  Returned whenReturned = (result, calledNanos) -> {};

  /** Is told of each store call that returned, just before the loop is. */
  interface Returned {
    /** Takes note of a result, null if the call failed, and when it was called. */
    void on(@Nullable Object result, long calledNanos);
  }

  /**
   * Makes a loop.
   *
   * @param storeDelay how long the next half of a store call takes: the way there or the way back
   */
  SimScheduler(SimWorld world, Supplier<Duration> storeDelay) {
    this.world = world;
    this.storeDelay = storeDelay;
  }

  /**
   * Ends the process that the loop belongs to: no step, timer or waiting call of it runs any more.
   * A store call that is on its way may arrive, and nobody hears of its result.
   */
  void crash() {
    dead = true;
    waitingCalls.clear();
    halted.clear();
  }

  boolean isDead() {
    return dead;
  }

  /** Stops the process as SIGSTOP does: what comes meanwhile waits for {@link #thaw}. */
  void freeze() {
    frozen = true;
  }

  void thaw() {
    frozen = false;
    while (!halted.isEmpty()) {
      world.after(Duration.ZERO, alive(halted.remove()));
    }
  }

  @Override
  public long nanoTime() {
    return origin + world.now();
  }

  @Override
  public void execute(Runnable task) {
    world.after(Duration.ZERO, alive(task));
  }

  @Override
  public Timer schedule(Duration delay, Runnable task) {
    boolean[] cancelled = {false};
    world.after(
        delay,
        alive(
            () -> {
              if (!cancelled[0]) {
                task.run();
              }
            }));
    return () -> cancelled[0] = true;
  }

  @Override
  public <T> void call(Callable<T> blocking, BiConsumer<@Nullable T, @Nullable Throwable> then) {
    long calledNanos = world.now();
    waitingCalls.add(() -> begin(blocking, then, calledNanos));
    nextCall();
  }

  private void nextCall() {
    if (!dead && runningCalls < LoopScheduler.STORE_THREADS && !waitingCalls.isEmpty()) {
      runningCalls++;
      waitingCalls.remove().run();
    }
  }

  private <T> void begin(
      Callable<T> blocking, BiConsumer<@Nullable T, @Nullable Throwable> then, long calledNanos) {
    world.after(
        storeDelay.get(),
        () -> {
          boolean ran = isRunning();
          if (ran) {
            beforeStep.run();
          }
          boolean stoppedOnItsWay = frozen || (ran && dead);
          if (!stoppedOnItsWay || stillArrives.getAsBoolean()) {
            perform(blocking, then, calledNanos);
          } else if (!dead) {
            halted.add(() -> perform(blocking, then, calledNanos));
          }
        });
  }

  private <T> void perform(
      Callable<T> blocking, BiConsumer<@Nullable T, @Nullable Throwable> then, long calledNanos) {
    T result = null;
    Throwable failure = null;
    try {
      result = blocking.call();
    } catch (Exception e) {
      failure = e;
    }
    T r = result;
    Throwable f = failure;
    world.after(
        storeDelay.get(),
        alive(
            () ->
                end(
                    () -> {
                      whenReturned.on(r, calledNanos);
                      then.accept(r, f);
                    })));
  }

  private void end(Runnable then) {
    runningCalls--;
    nextCall();
    then.run();
  }

  private boolean isRunning() {
    return !dead && !frozen;
  }

  private Runnable alive(Runnable task) {
    return () -> {
      if (isRunning()) {
        beforeStep.run();
      }
      if (!dead && frozen) {
        halted.add(task);
      } else if (!dead) {
        guarded(task);
      }
    };
  }

  private void guarded(Runnable task) {
    try {
      task.run();
    } catch (RuntimeException | Error e) {
      if (!survives.test(e)) {
        throw e;
      }
    }
  }
}
