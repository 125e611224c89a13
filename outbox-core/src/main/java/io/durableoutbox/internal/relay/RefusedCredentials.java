package io.durableoutbox.internal.relay;

import io.durableoutbox.destination.Destination;
import io.durableoutbox.internal.schedule.Scheduler;
import java.time.Duration;

/**
 * Whether this relay holds back because its credentials were refused. They are not tried again
 * because another relay, with others, may send. On the loop.
 */
final class RefusedCredentials {
  private final Destination destination;
  private final Scheduler scheduler;
  private boolean holding;
  private long untilNanos;

  RefusedCredentials(Destination destination, Scheduler scheduler) {
    this.destination = destination;
    this.scheduler = scheduler;
  }

  /** Takes note that they were refused. */
  void refused(Duration holdBackFor) {
    holding = true;
    untilNanos = scheduler.nanoTime() + holdBackFor.toNanos();
  }

  /** Takes note of what a claim says: whether another relay's request ended the pause. */
  void sentByAnother(boolean byAnother) {
    holding = byAnother;
  }

  /** Takes note that they work. */
  void accepted() {
    holding = false;
  }

  /** Returns whether to wait although others may send. */
  boolean holdBack() {
    return holding && untilNanos - scheduler.nanoTime() > 0 && destination.credentialsRefused();
  }

  /** Returns for how long, or zero. */
  Duration remaining() {
    return Duration.ofNanos(holding ? untilNanos - scheduler.nanoTime() : 0);
  }
}
