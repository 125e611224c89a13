package io.durableoutbox.internal.relay;

import io.durableoutbox.RelayEvent;
import io.durableoutbox.destination.Destination;
import io.durableoutbox.internal.LogText;
import io.durableoutbox.internal.RelayLog;
import io.durableoutbox.internal.schedule.Scheduler;
import io.durableoutbox.store.RelayStore;
import io.durableoutbox.store.RelayStore.Backlog;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/**
 * Looks once a minute for actions that wait of workspaces which the relay has no destination for.
 * Another relay may serve them, so only those that have waited for longer than a minute are told
 * of, once until they are gone.
 */
final class UnservedWorkspaces {
  private static final Logger log = RelayLog.LOG;
  private static final Duration INTERVAL = Duration.ofMinutes(1);
  private static final Duration FIRST = Duration.ofSeconds(5);

  private final RelayContext context;
  private final RelayStore store;
  private final Scheduler scheduler;
  private final Set<String> served;
  private final FailureSeries failing;
  private Map<String, Duration> unserved = Map.of();
  private Scheduler.@Nullable Timer timer;
  private boolean stopped;

  UnservedWorkspaces(RelayContext context, List<Destination> destinations) {
    this.context = context;
    this.store = context.store();
    this.scheduler = context.scheduler();
    String relay = "Relay " + context.settings().name();
    this.failing =
        new FailureSeries(
            scheduler,
            relay + " can't look for workspaces that nobody serves",
            "it looks again in a minute",
            relay + " looks for workspaces that nobody serves again");
    this.served =
        destinations.stream().map(Destination::workspace).collect(Collectors.toUnmodifiableSet());
  }

  void start() {
    lookAfter(FIRST);
  }

  void stop() {
    stopped = true;
    if (timer != null) {
      timer.cancel();
      timer = null;
    }
  }

  /** Adds what a person should know; it does not make the relay less healthy. */
  void problems(List<String> reasons) {
    unserved.forEach(
        (workspace, age) ->
            reasons.add(
                "actions of workspace "
                    + LogText.line(workspace)
                    + " wait for "
                    + age.toSeconds()
                    + " s, and this relay has no destination of that name; correct the name, or"
                    + " start a relay that serves it"));
  }

  private void lookAfter(Duration delay) {
    if (!stopped) {
      timer = scheduler.schedule(context.jittered(delay), this::look);
    }
  }

  private void look() {
    timer = null;
    context.callStore(
        "look",
        null,
        store::backlogs,
        (backlogs, failure) -> {
          if (backlogs != null) {
            failing.succeeded();
            onBacklogs(backlogs);
          } else {
            failing.failed(failure);
            context.tellFailure("look", failure);
          }
          lookAfter(INTERVAL);
        });
  }

  private void onBacklogs(List<Backlog> backlogs) {
    Map<String, Duration> now = new TreeMap<>();
    for (Backlog backlog : backlogs) {
      if (!served.contains(backlog.workspace()) && backlog.age().compareTo(INTERVAL) > 0) {
        now.put(backlog.workspace(), backlog.age());
      }
    }
    Set<String> before = new HashSet<>(unserved.keySet());
    unserved = now;
    now.forEach(
        (workspace, age) -> {
          if (!before.contains(workspace)) {
            log.warn(
                "Actions of workspace {} wait for {} s, and relay {} has no destination of that name",
                LogText.line(workspace),
                age.toSeconds(),
                context.settings().name());
            context.tell(new RelayEvent.Unserved(workspace, age));
          }
        });
  }
}
