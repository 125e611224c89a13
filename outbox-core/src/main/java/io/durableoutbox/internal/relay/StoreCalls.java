package io.durableoutbox.internal.relay;

import io.durableoutbox.OutboxException;
import io.durableoutbox.RelayEvent;
import io.durableoutbox.internal.RelayLog;
import io.durableoutbox.internal.RelaySettings;
import io.durableoutbox.internal.schedule.LoopScheduler;
import io.durableoutbox.internal.schedule.Scheduler;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/**
 * The calls of the store that are out. One that hangs makes no exception: another session holds a
 * lock, or the network drops its packets. So this knows since when each is out, and tells of it
 * when that is too long. On the loop.
 */
final class StoreCalls {
  private static final Logger log = RelayLog.LOG;
  private static final Duration REPEAT = Duration.ofMinutes(1);
  private static final String WAY_OUT =
      "; look for sessions that hold locks in the database and at the network to it, and set the"
          + " driver's socketTimeout, so that such a call ends by itself";

  private final String relay;
  private final Scheduler scheduler;
  private final Consumer<RelayEvent> told;
  private final Set<Call> out = new LinkedHashSet<>();
  private long lastEndNanos;

  private final class Call {
    private final String step;
    private final @Nullable String workspace;
    private final long givenNanos = scheduler.nanoTime();
    private volatile long sinceNanos = givenNanos;
    private volatile boolean begun;
    private boolean isTold;
    private long toldNanos;

    private Call(String step, @Nullable String workspace) {
      this.step = step;
      this.workspace = workspace;
    }

    private void begins() {
      sinceNanos = scheduler.nanoTime();
      begun = true;
    }

    /** How long it runs; one that waits for its turn hangs only if those before it do. */
    private Duration age() {
      // Begun first: it is set last.
      boolean runs = begun;
      long now = scheduler.nanoTime();
      long age = now - sinceNanos;
      return Duration.ofNanos(runs ? age : Math.min(age, now - lastEndNanos));
    }

    private String words() {
      return "the database has not answered for "
          + age().toSeconds()
          + " s ("
          + step
          + (workspace == null ? "" : " of workspace " + workspace)
          + ")";
    }
  }

  StoreCalls(String relay, Scheduler scheduler, Consumer<RelayEvent> told) {
    this.relay = relay;
    this.scheduler = scheduler;
    this.told = told;
    this.lastEndNanos = scheduler.nanoTime();
  }

  /**
   * Calls the store off the loop, and {@code then} on it, even when the call can't be begun.
   *
   * @param step what it is: claim, settle, pause, resume, look
   * @param workspace what it is for, or null if for several
   */
  <T> void call(
      String step,
      @Nullable String workspace,
      Callable<T> work,
      BiConsumer<@Nullable T, @Nullable Throwable> then) {
    Call call = new Call(step, workspace);
    BiConsumer<@Nullable T, @Nullable Throwable> ended =
        (result, failure) -> {
          ended(call);
          then.accept(result, failure);
        };
    out.add(call);
    try {
      scheduler.call(
          () -> {
            call.begins();
            return work.call();
          },
          ended);
    } catch (Throwable t) {
      ended.accept(null, t);
    }
  }

  private void ended(Call call) {
    out.remove(call);
    lastEndNanos = scheduler.nanoTime();
    if (call.isTold) {
      log.info(
          "The database has answered relay {} after {} s ({})",
          relay,
          Duration.ofNanos(lastEndNanos - call.givenNanos).toSeconds(),
          call.step);
    }
  }

  /** Adds what a person should know of them. */
  void problems(List<String> broken) {
    overdue().forEach(call -> broken.add(call.words() + WAY_OUT));
  }

  /** Tells of those that are out for too long: at once, and again each minute. */
  void watch() {
    long now = scheduler.nanoTime();
    for (Call call : overdue()) {
      if (call.isTold && now - call.toldNanos < REPEAT.toNanos()) {
        continue;
      }
      log.warn("Relay {} waits: {}{}", relay, call.words(), WAY_OUT);
      if (!call.isTold) {
        told.accept(new RelayEvent.Failed(call.step, new OutboxException(call.words() + WAY_OUT)));
      }
      call.isTold = true;
      call.toldNanos = now;
    }
  }

  /** Returns those that hang; the others wait for these. */
  private List<Call> overdue() {
    return out.stream()
        .filter(call -> call.age().compareTo(RelaySettings.DOWN_AFTER) > 0)
        .limit(LoopScheduler.STORE_THREADS)
        .toList();
  }
}
