package io.durableoutbox.internal.relay;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.Callable;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The loop of one engine in the world's time. Store calls take virtual time and two of them run at
 * once, as in {@link LoopScheduler}; unlike there, a step that throws fails the test.
 */
final class SimScheduler implements Scheduler {
  private static final int STORE_THREADS = 2;

  private final SimWorld world;
  private final Supplier<Duration> storeDelay;
  // Close to the end of a long, so that a comparison that is no difference shows.
  private final long origin = Long.MAX_VALUE - Duration.ofSeconds(30).toNanos();
  private final Deque<Runnable> waitingCalls = new ArrayDeque<>();
  private int runningCalls;
  private boolean dead;

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
   * A store call that is on its way arrives, and nobody hears of its result.
   */
  void crash() {
    dead = true;
    waitingCalls.clear();
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
    waitingCalls.add(() -> begin(blocking, then));
    nextCall();
  }

  private void nextCall() {
    if (!dead && runningCalls < STORE_THREADS && !waitingCalls.isEmpty()) {
      runningCalls++;
      waitingCalls.remove().run();
    }
  }

  private <T> void begin(Callable<T> blocking, BiConsumer<@Nullable T, @Nullable Throwable> then) {
    world.after(
        storeDelay.get(),
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
          world.after(storeDelay.get(), alive(() -> end(() -> then.accept(r, f))));
        });
  }

  private void end(Runnable then) {
    runningCalls--;
    nextCall();
    then.run();
  }

  private Runnable alive(Runnable task) {
    return () -> {
      if (!dead) {
        task.run();
      }
    };
  }
}
