package io.durableoutbox.jdbc.internal.diagnosis;

import static io.durableoutbox.jdbc.internal.diagnosis.DiagnosisContext.number;
import static io.durableoutbox.jdbc.internal.diagnosis.DiagnosisContext.plural;
import static io.durableoutbox.jdbc.internal.diagnosis.DiagnosisContext.seconds;
import static io.durableoutbox.jdbc.internal.diagnosis.DiagnosisContext.text;
import static io.durableoutbox.jdbc.internal.diagnosis.DiagnosisContext.words;

import io.durableoutbox.jdbc.internal.audit.Backlogs;
import io.durableoutbox.store.RelayStore.Backlog;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jooq.Record;
import org.jspecify.annotations.Nullable;

/** What waits, what is paused, and what was rejected. */
public final class QueueChecks {
  // Workspaces that are looked at more closely, the one with the oldest action first.
  private static final int MAX_WORKSPACES = 20;
  private static final long MANY_REJECTED = 100;
  private static final Duration DAY = Duration.ofDays(1);
  // A relay's pauses end within minutes, unless somebody has to do something.
  private static final Duration LONG_PAUSE = Duration.ofMinutes(15);

  private QueueChecks() {}

  /**
   * Also what {@link Backlogs} reads: workspace, cause, by, seconds since, seconds left, probed.
   */
  public static final String PAUSED =
      """
      /* outbox:paused */
      SELECT w.workspace, w.cause, w.paused_by,
             CAST(EXTRACT(EPOCH FROM CURRENT_TIMESTAMP) - EXTRACT(EPOCH FROM w.paused_since) AS BIGINT),
             CAST(EXTRACT(EPOCH FROM w.paused_until) - EXTRACT(EPOCH FROM CURRENT_TIMESTAMP) AS BIGINT),
             w.probe_id IS NOT NULL
        FROM $.outbox_workspace w
       WHERE w.paused_since IS NOT NULL
         AND (w.paused_until IS NULL OR w.paused_until > CURRENT_TIMESTAMP)
       ORDER BY w.workspace
       LIMIT 1000
      """;

  /**
   * Pauses that last. One that is over and not probed is no pause: either nothing waits, or nobody
   * serves the workspace, which is another finding.
   */
  static void paused(DiagnosisContext look) {
    for (Record row : look.rows(PAUSED)) {
      String workspace = text(row, 0);
      String cause = row.get(1, String.class);
      Duration since = secondsOrZero(row, 3);
      Duration remaining = seconds(row, 4);
      String end =
          remaining == null ? "until somebody resumes it" : "for another " + words(remaining);
      String message =
          "Workspace '"
              + workspace
              + "' has been paused for "
              + words(since)
              + " by "
              + (cause == null ? "the person '" : "the relay '")
              + text(row, 2)
              + "'"
              + (cause == null ? "" : " (" + cause + ")")
              + ", "
              + end
              + "; nothing is sent to it"
              + (DiagnosisContext.is(row, 5) ? " but a probe, which is out." : ".");
      String advice = pauseAdvice(cause, remaining);
      if (isCritical(cause, since, remaining)) {
        look.critical("paused", workspace, message, advice);
      } else {
        look.warning("paused", workspace, message, advice);
      }
    }
  }

  /** What needs a person, at once or because it lasts. */
  private static boolean isCritical(
      @Nullable String cause, Duration since, @Nullable Duration remaining) {
    if (cause == null) {
      return remaining == null && since.compareTo(DAY) > 0;
    }
    return cause.equals("misconfigured")
        || cause.equals("refused")
        || since.compareTo(LONG_PAUSE) > 0;
  }

  private static String pauseAdvice(@Nullable String cause, @Nullable Duration remaining) {
    if (cause == null) {
      return remaining == null
          ? "Ask them, and then resume it: operator(name).resume(workspace)."
          : "Nothing, if that is meant; resume it to end the pause before: operator(name)"
              + ".resume(workspace).";
    }
    return switch (cause) {
      case "misconfigured" ->
          "Correct the key, the workspace id or the data centre; outbox_workspace.reason has the"
              + " answer.";
      case "refused" ->
          "Everything was refused: read outbox_request.message, correct the cause, resume the"
              + " workspace, and requeue what was rejected.";
      default ->
          "Relays probe by themselves, so nothing if it ends soon; if it lasts, outbox_request has"
              + " what was answered, and relay.health() the address: look whether it is right and"
              + " can be reached.";
    };
  }

  private static final String FREE =
      """
      /* outbox:diagnose-free */
      SELECT CAST(EXTRACT(EPOCH FROM CURRENT_TIMESTAMP) - EXTRACT(EPOCH FROM o.available_at) AS BIGINT),
             EXISTS (SELECT 1 FROM $.outbox_request r
                      WHERE r.workspace = o.workspace AND r.started_at > o.available_at
                        AND r.started_at > CURRENT_TIMESTAMP - INTERVAL '5' MINUTE)
        FROM $.outbox o
       WHERE o.workspace = ? AND o.available_at <= CURRENT_TIMESTAMP
       ORDER BY o.id
       LIMIT 1
      """;

  /** Actions that wait for longer than is usual, or that nobody takes at all. */
  static void waiting(DiagnosisContext look) {
    Set<String> paused = new HashSet<>();
    look.rows(PAUSED).forEach(row -> paused.add(text(row, 0)));
    List<Backlog> old =
        look.dialect().workspaces().backlogs(look.connection()).stream()
            .filter(b -> b.age().compareTo(look.limits().shortestWait()) > 0)
            .filter(b -> !paused.contains(b.workspace()))
            .sorted(Comparator.comparing(Backlog::age).reversed())
            .limit(MAX_WORKSPACES)
            .toList();
    List<Backlog> slow = new ArrayList<>();
    for (Backlog backlog : old) {
      Record free = look.rows(FREE, backlog.workspace()).stream().findFirst().orElse(null);
      if (free != null
          && secondsOrZero(free, 0).compareTo(look.limits().unserved()) > 0
          && !DiagnosisContext.is(free, 1)) {
        unserved(look, backlog, secondsOrZero(free, 0));
      } else {
        slow.add(backlog);
      }
    }
    Map<String, Duration> usual = slow.isEmpty() ? Map.of() : usualWaits(look);
    slow.forEach(backlog -> slow(look, backlog, usual.get(backlog.workspace())));
  }

  private static void unserved(DiagnosisContext look, Backlog backlog, Duration free) {
    look.critical(
        "unserved",
        backlog.workspace(),
        "Nobody serves workspace '"
            + backlog.workspace()
            + "': an action has been free to send for "
            + words(free)
            + ", and no request was made for the workspace in the last 5 minutes.",
        "Start a relay with a destination of that name, or correct the name in what writes the"
            + " actions; if one runs, its health and its log say why it sends nothing.");
  }

  // Of all workspaces at once, so that one that delivers little does not read a busy one's hour.
  private static final String USUAL_WAITS =
      """
      /* outbox:diagnose-usual-waits */
      SELECT c.workspace, MIN(c.waited)
        FROM (SELECT s.workspace, s.waited, COUNT(*) OVER (PARTITION BY s.workspace) AS deliveries,
                     CUME_DIST() OVER (PARTITION BY s.workspace ORDER BY s.waited) AS up_to
                FROM (SELECT d.workspace, EXTRACT(EPOCH FROM d.sent_at) - EXTRACT(EPOCH FROM d.created_at) AS waited
                        FROM $.outbox_delivered d
                       WHERE d.sent_at > CURRENT_TIMESTAMP - INTERVAL '1' HOUR
                       ORDER BY d.sent_at DESC, d.event_uuid
                       LIMIT 10000) AS s) AS c
       WHERE c.up_to >= 0.99 AND c.deliveries >= 20
       GROUP BY c.workspace
       ORDER BY c.workspace
      """;

  /** The wait that 99 of 100 deliveries of a workspace stay below, where there were enough. */
  private static Map<String, Duration> usualWaits(DiagnosisContext look) {
    Map<String, Duration> waits = new HashMap<>();
    for (Record row : look.rows(USUAL_WAITS)) {
      waits.put(text(row, 0), Duration.ofMillis((long) (row.get(1, Double.class) * 1_000)));
    }
    return waits;
  }

  private static void slow(DiagnosisContext look, Backlog backlog, @Nullable Duration p99) {
    DiagnosisLimits limits = look.limits();
    Duration allowed = limits.usualWait();
    String compared = "too little was delivered in the last hour to compare with.";
    if (p99 != null) {
      allowed = max(limits.shortestWait(), min(limits.longestWait(), p99.multipliedBy(3)));
      compared =
          "99 of 100 that were delivered lately waited for less than " + words(up(p99)) + ".";
    }
    if (backlog.age().compareTo(allowed) <= 0) {
      return;
    }
    String message =
        "The oldest action of workspace '"
            + backlog.workspace()
            + "' has waited for "
            + words(backlog.age())
            + "; "
            + compared;
    String advice =
        "Look into outbox_request for what was answered lately, and into relay.health(); if all is"
            + " accepted, there is more than the relays can send.";
    if (backlog.age().compareTo(allowed.multipliedBy(10)) > 0) {
      look.critical("oldest_waiting", backlog.workspace(), message, advice);
    } else {
      look.warning("oldest_waiting", backlog.workspace(), message, advice);
    }
  }

  private static final String REJECTED =
      """
      /* outbox:diagnose-rejected */
      SELECT x.workspace, COUNT(*), COUNT(CASE WHEN x.rejected_at > CURRENT_TIMESTAMP - INTERVAL '1' HOUR THEN 1 END)
        FROM $.outbox_rejected x
       WHERE x.rejected_at > CURRENT_TIMESTAMP - INTERVAL '24' HOUR AND x.operation_id IS NULL
       GROUP BY x.workspace
       ORDER BY x.workspace
       LIMIT 1000
      """;

  private static final String DELIVERED_LATELY =
      """
      /* outbox:diagnose-delivered-lately */
      SELECT d.event_uuid
        FROM $.outbox_delivered d
       WHERE d.workspace = ? AND d.sent_at > CURRENT_TIMESTAMP - INTERVAL '1' HOUR
       ORDER BY d.sent_at DESC, d.event_uuid
       LIMIT 1
      """;

  /** What was refused for good in the last 24 hours; what people cancelled is not. */
  static void rejected(DiagnosisContext look) {
    for (Record row : look.rows(REJECTED)) {
      String workspace = text(row, 0);
      long lately = number(row, 2);
      String message =
          plural(number(row, 1), "action")
              + " of workspace '"
              + workspace
              + "' "
              + (number(row, 1) == 1 ? "was" : "were")
              + " rejected in the last 24 hours";
      if (lately >= MANY_REJECTED && look.rows(DELIVERED_LATELY, workspace).isEmpty()) {
        look.critical(
            "rejected",
            workspace,
            message + ", " + lately + " of them in the last hour, in which none was delivered.",
            "Pause the workspace, find out why from outbox_rejected.reason, and requeue them.");
      } else {
        look.warning(
            "rejected",
            workspace,
            message + ".",
            "Read outbox_rejected.reason, correct what writes them, and requeue those that are"
                + " good.");
      }
    }
  }

  private static Duration secondsOrZero(Record row, int column) {
    Duration value = seconds(row, column);
    return value == null ? Duration.ZERO : value;
  }

  private static Duration up(Duration duration) {
    return duration.plusSeconds(1);
  }

  private static Duration min(Duration a, Duration b) {
    return a.compareTo(b) < 0 ? a : b;
  }

  private static Duration max(Duration a, Duration b) {
    return a.compareTo(b) > 0 ? a : b;
  }
}
