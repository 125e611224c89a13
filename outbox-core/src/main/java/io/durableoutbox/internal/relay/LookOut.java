package io.durableoutbox.internal.relay;

import io.durableoutbox.RelayEvent;
import io.durableoutbox.internal.ActionRules;
import io.durableoutbox.spi.Destination;
import io.durableoutbox.spi.RelayStore;
import io.durableoutbox.spi.RelayStore.Backlog;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks once a minute for actions that wait of workspaces which the relay has no destination for.
 * Another relay may serve them, so only those that have waited for longer than a minute are told
 * of, once until they are gone.
 */
final class LookOut {
  private static final Logger log = LoggerFactory.getLogger(RelayEngine.class);
  private static final Duration INTERVAL = Duration.ofMinutes(1);
  private static final Duration FIRST = Duration.ofSeconds(5);

  private final RelayEngine engine;
  private final RelayStore store;
  private final Scheduler scheduler;
  private final Set<String> served;
  private final FailureSeries failing;
  private Map<String, Duration> unserved = Map.of();
  private Scheduler.@Nullable Timer timer;
  private boolean stopped;

  LookOut(
      RelayEngine engine, RelayStore store, Scheduler scheduler, List<Destination> destinations) {
    this.engine = engine;
    this.store = store;
    this.scheduler = scheduler;
    String relay = "Relay " + engine.settings().name();
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
                    + ActionRules.line(workspace)
                    + " wait for "
                    + age.toSeconds()
                    + " s, and this relay has no destination of that name; correct the name, or"
                    + " start a relay that serves it"));
  }

  private void lookAfter(Duration delay) {
    if (!stopped) {
      timer = scheduler.schedule(engine.jittered(delay), this::look);
    }
  }

  private void look() {
    timer = null;
    engine.callStore(
        "look",
        null,
        store::backlogs,
        (backlogs, failure) -> {
          if (backlogs != null) {
            failing.succeeded();
            onBacklogs(backlogs);
          } else {
            failing.failed(failure);
            engine.tellFailure("look", failure);
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
                ActionRules.line(workspace),
                age.toSeconds(),
                engine.settings().name());
            engine.tell(new RelayEvent.Unserved(workspace, age));
          }
        });
  }
}
