package io.durableoutbox.internal.relay;

import io.durableoutbox.destination.Destination;
import io.durableoutbox.internal.RelayLog;
import io.durableoutbox.internal.schedule.Scheduler;
import io.durableoutbox.store.RelayStore.Pause;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/**
 * What a relay knows of the pause that a workspace is in, and what the log and the health say of
 * it: cause, address and way out. A server's words stay out of both, since they may quote what the
 * server was sent; {@code outbox_workspace.reason} has them.
 */
final class PauseInfo {
  private static final Logger log = RelayLog.LOG;

  private final Destination destination;
  private final String relay;
  private final Scheduler scheduler;
  private @Nullable String cause;
  private @Nullable String by;
  // What a log may hold of the failure, if this relay saw it, and what it has last.
  private @Nullable String label;
  private @Nullable String told;
  private @Nullable Duration remaining;
  private long remainingNanos;

  PauseInfo(Destination destination, String relay, Scheduler scheduler) {
    this.destination = destination;
    this.relay = relay;
    this.scheduler = scheduler;
  }

  /** Returns the outcome that led to it, or null for a person's. */
  @Nullable String cause() {
    return cause;
  }

  /** Returns for how long it goes on, not positive when it is over, null for ever. */
  @Nullable Duration remaining() {
    Duration r = remaining;
    return r == null ? null : r.minusNanos(scheduler.nanoTime() - remainingNanos);
  }

  /** Returns whether the next claim may be its probe. */
  boolean isOver() {
    Duration left = remaining();
    return left != null && (left.isNegative() || left.isZero());
  }

  void lasts(@Nullable Duration duration) {
    remaining = duration;
    remainingNanos = scheduler.nanoTime();
  }

  /** Takes note of a pause that this relay makes. */
  void made(String newCause, Duration duration) {
    cause = newCause;
    by = relay;
    lasts(duration);
  }

  /**
   * Takes note of a pause that the store tells of.
   *
   * @param tell whether the relay did not know that there is one
   */
  void learned(Pause pause, boolean tell) {
    boolean otherCause = !Objects.equals(cause, pause.cause());
    boolean another = otherCause || !Objects.equals(by, pause.by());
    cause = pause.cause();
    by = pause.by();
    lasts(pause.remaining());
    if (another) {
      label = null;
    }
    // Relays probe in turn, and each of them makes the pause longer: that alone is no news.
    if (tell || otherCause) {
      log.warn(
          "Workspace {} is paused by {} ({}); outbox_workspace has the reason; it sends to {}{}",
          destination.workspace(),
          by,
          cause == null ? "by hand" : cause,
          destination.address(),
          advice(cause));
    }
  }

  /**
   * Takes note of the failure that leads to a pause, and logs the first one and each that differs
   * from the one before.
   */
  void failed(String newCause, String failure, boolean first, Duration duration) {
    label = failure;
    if (!first && failure.equals(told)) {
      log.debug("Workspace {} still fails ({})", destination.workspace(), failure);
      return;
    }
    told = failure;
    log.warn(
        "Workspace {} can't be delivered to at {} ({}); it is paused, and its actions wait, {} s at"
            + " first{}",
        destination.workspace(),
        destination.address(),
        failure,
        duration.toSeconds(),
        advice(newCause));
  }

  /** Takes note that it is over. */
  void ended() {
    cause = null;
    label = null;
    told = null;
    log.info("Workspace {} is delivered to again", destination.workspace());
  }

  /**
   * Returns what a person should know of it.
   *
   * @param probes whether a request of this relay is out that may end it
   */
  String words(boolean probes) {
    String causeNow = cause;
    return "workspace "
        + destination.workspace()
        + " is paused"
        + (by == null ? "" : " by " + by)
        + (causeNow == null ? "" : " (" + Objects.requireNonNullElse(label, causeNow) + ")")
        + (probes ? ", and a request tries whether that can end" : until())
        + (causeNow == null ? "" : "; it sends to " + destination.address())
        + advice(causeNow);
  }

  private String until() {
    Duration left = remaining();
    if (left == null) {
      return ", until somebody resumes it";
    }
    return isOver()
        ? ", until the next action is tried"
        : ", for another " + left.toSeconds() + " s";
  }

  private static String advice(@Nullable String cause) {
    if (cause == null) {
      return "; outbox_workspace says why, and a person's resume ends it";
    }
    return switch (cause) {
      case "misconfigured" -> "; give the right API key, workspace id and data centre";
      case "refused" ->
          "; the destination refuses everything: outbox_request.message has its words, the rest is"
              + " sent when it accepts again, and what was rejected can be requeued";
      default -> "; nothing is lost, it is tried again by itself";
    };
  }
}
