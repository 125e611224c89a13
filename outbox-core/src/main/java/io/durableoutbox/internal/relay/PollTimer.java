package io.durableoutbox.internal.relay;

import io.durableoutbox.internal.schedule.Scheduler;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** One timer that is set again and again. On the loop. */
final class PollTimer {
  private final Scheduler scheduler;
  private final Runnable then;
  private Scheduler.@Nullable Timer timer;

  PollTimer(Scheduler scheduler, Runnable then) {
    this.scheduler = scheduler;
    this.then = then;
  }

  boolean isSet() {
    return timer != null;
  }

  /** Sets it in place of what was set before. */
  void after(Duration delay) {
    cancel();
    timer =
        scheduler.schedule(
            delay,
            () -> {
              timer = null;
              then.run();
            });
  }

  void cancel() {
    if (timer != null) {
      timer.cancel();
      timer = null;
    }
  }
}
