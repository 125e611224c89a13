package io.durableoutbox.internal.relay.request;

import io.durableoutbox.destination.ClaimedAction;
import io.durableoutbox.internal.RelayLog;
import io.durableoutbox.internal.relay.request.Batch.Answer;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.slf4j.Logger;

/**
 * The actions that fail alone while others pass, so that a person hears of them: a firewall that
 * dislikes one, a server that breaks on it. They are tried again for ever, with growing delays.
 */
public final class FailingAlone {
  private static final Logger log = RelayLog.LOG;
  private static final int MAX_REMEMBERED = 1_000;

  private final String workspace;
  private final Map<UUID, Failure> failures = new LinkedHashMap<>();

  private record Failure(String label, long forgottenNanos) {}

  public FailingAlone(String workspace) {
    this.workspace = workspace;
  }

  public void failed(UUID event, Answer answer, Duration delay) {
    Failure before = failures.remove(event);
    // Another relay may try it next, and deliver it, so it is forgotten some time after that.
    long forgotten = answer.answeredNanos() + 2 * delay.toNanos() + Duration.ofMinutes(1).toNanos();
    if (failures.size() < MAX_REMEMBERED) {
      failures.put(event, new Failure(answer.label(), forgotten));
    }
    if (before == null || !before.label.equals(answer.label())) {
      log.warn(
          "Action {} of workspace {} fails alone while others pass ({}); it is tried again by"
              + " itself, with growing delays",
          event,
          workspace,
          answer.label());
    }
  }

  /** Takes note of actions that were answered in the destination's own words. */
  public void passed(Batch batch) {
    if (!failures.isEmpty()) {
      batch.actions().stream().map(ClaimedAction::eventUuid).forEach(failures::remove);
    }
  }

  public void hints(List<String> hints, long nowNanos) {
    failures.values().removeIf(failure -> failure.forgottenNanos - nowNanos < 0);
    if (!failures.isEmpty()) {
      Map.Entry<UUID, Failure> first = failures.entrySet().iterator().next();
      hints.add(
          failures.size()
              + " actions of workspace "
              + workspace
              + " fail alone while others pass, "
              + first.getKey()
              + " first ("
              + first.getValue().label
              + "); each is tried again with a growing delay; outbox_audit_attempt has the answers,"
              + " and an operator can cancel them");
    }
  }
}
