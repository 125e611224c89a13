package io.durableoutbox.internal.relay;

import io.durableoutbox.OutboxException;
import io.durableoutbox.internal.RelayLog;
import io.durableoutbox.internal.RelaySettings;
import io.durableoutbox.internal.schedule.Scheduler;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/**
 * Failures in a row of one thing, from the first to the next success: what the log and the health
 * say of them.
 *
 * <p>WARN for the first failure and for each cause that was not told in the last minute: so the
 * cause that lasts is told too, and again each minute for those who look later. The exception comes
 * with the first WARN of its cause. INFO when it is over. What comes and goes is told {@value
 * #MOST_A_MINUTE} times a minute at most. On the loop.
 */
final class FailureSeries {
  private static final Logger log = RelayLog.LOG;
  private static final Duration MINUTE = Duration.ofMinutes(1);
  private static final int MOST_A_MINUTE = 5;

  private final Scheduler scheduler;
  private final String problem;
  private final String consequence;
  private final String recovery;
  private final Map<String, Long> toldNanos = new HashMap<>();
  private int failures;
  private long firstNanos;
  private String cause = "";
  private int toldInThisMinute;
  private long minuteNanos;

  /**
   * Makes a series without failures.
   *
   * @param problem what can't be done, a main clause with the relay's name
   * @param consequence what the relay does about it, a main clause
   * @param recovery what to say when it is over, a main clause
   */
  FailureSeries(Scheduler scheduler, String problem, String consequence, String recovery) {
    this.scheduler = scheduler;
    this.problem = problem;
    this.consequence = consequence;
    this.recovery = recovery;
  }

  /** Takes note of a failure. */
  void failed(@Nullable Throwable failure) {
    if (failures++ == 0) {
      firstNanos = scheduler.nanoTime();
    }
    cause = words(failure);
    if (mayTell()) {
      String since =
          failures == 1 ? "" : " since " + duration().toSeconds() + " s, " + failures + " times";
      boolean news = toldNanos.put(cause, scheduler.nanoTime()) == null;
      log.warn("{}{}: {}; {}", problem, since, cause, consequence, news ? failure : null);
    } else {
      log.debug("{}: {}; {}", problem, cause, consequence, failure);
    }
  }

  private boolean mayTell() {
    long now = scheduler.nanoTime();
    Long told = toldNanos.get(cause);
    if (told != null && now - told < MINUTE.toNanos()) {
      return false;
    }
    if (toldInThisMinute == 0 || now - minuteNanos >= MINUTE.toNanos()) {
      minuteNanos = now;
      toldInThisMinute = 0;
    }
    return toldInThisMinute++ < MOST_A_MINUTE;
  }

  /** Takes note of a success. */
  void succeeded() {
    if (!toldNanos.isEmpty()) {
      log.info("{}, after {} s and {} failures", recovery, duration().toSeconds(), failures);
    }
    failures = 0;
    toldNanos.clear();
  }

  /** Returns how many failures there were since the last success. */
  int failures() {
    return failures;
  }

  /** Returns whether it lasts for longer than a relay may fail without being down. */
  boolean isLong() {
    return duration().compareTo(RelaySettings.DOWN_AFTER) > 0;
  }

  /** Returns for how long, and the cause of the last failure, to follow a main clause. */
  String since() {
    return " since " + duration().toSeconds() + " s: " + cause;
  }

  private Duration duration() {
    return Duration.ofNanos(failures == 0 ? 0 : scheduler.nanoTime() - firstNanos);
  }

  /** Returns what may be shown of a failure: no row, no customer, no key. */
  static String words(@Nullable Throwable failure) {
    if (failure == null) {
      return "unknown";
    }
    String message = failure instanceof OutboxException ? failure.getMessage() : null;
    return message == null ? failure.getClass().getName() : message;
  }
}
