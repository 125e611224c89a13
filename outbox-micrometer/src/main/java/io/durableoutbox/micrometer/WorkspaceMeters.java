package io.durableoutbox.micrometer;

import io.durableoutbox.RelayEvent;
import io.durableoutbox.destination.Outcome;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What relays do for one workspace. All meters are there from the beginning, at zero: a counter
 * that first appears with its first event has no increase that a query could see.
 */
final class WorkspaceMeters {
  private static final List<String> FAILURES =
      List.of("misconfigured", "rate_limited", "unavailable", "unknown");
  private static final String BY_PERSON = "person";

  private final Counter claimed;
  private final Counter delivered;
  private final Counter retried;
  private final Counter rejected;
  private final Counter unknown;
  private final Counter longUnknown;
  private final Counter vanished;
  private final Timer claims;
  private final Timer emptyClaims;
  private final DistributionSummary requestUsers;
  private final DistributionSummary requestActions;
  private final DistributionSummary requestBytes;
  private final Map<String, Timer> requests = new HashMap<>();
  private final Map<@Nullable String, Counter> pauses = new HashMap<>();

  WorkspaceMeters(MeterRegistry registry, String tag) {
    Tags tags = Tags.of("workspace", tag);
    claimed = actions(registry, tags, "outbox.claimed", "Actions that relays took from the outbox");
    delivered =
        actions(registry, tags, "outbox.delivered", "Actions that the destination accepted");
    retried = actions(registry, tags, "outbox.retried", "Actions set back to be tried again");
    rejected = actions(registry, tags, "outbox.rejected", "Actions refused for good");
    unknown =
        actions(
            registry, tags, "outbox.unknown", "Actions of requests of which nobody knows the end");
    longUnknown =
        actions(
            registry,
            tags,
            "outbox.long.unknown",
            "Actions sent again though the destination may have forgotten their UUIDs");
    vanished =
        actions(
            registry,
            tags,
            "outbox.vanished",
            "Actions that were accepted while their rows were lost");
    claims = claims(registry, tags, "actions");
    emptyClaims = claims(registry, tags, "nothing");
    requestUsers = summary(registry, tags, "users", "Users of a request");
    requestActions = summary(registry, tags, "actions", "Actions of a request");
    requestBytes = summary(registry, tags, "bytes", "Size of a request's body");
    for (String outcome : List.of("accepted", "refused")) {
      requests.put(outcome, requests(registry, tags, outcome));
    }
    for (String outcome : FAILURES) {
      requests.put(outcome, requests(registry, tags, outcome));
      pauses.put(outcome, pauses(registry, tags, outcome));
    }
    pauses.put(BY_PERSON, pauses(registry, tags, BY_PERSON));
  }

  void claimed(RelayEvent.Claimed event) {
    if (event.actions() > 0) {
      claimed.increment(event.actions());
      claims.record(event.took());
    } else {
      emptyClaims.record(event.took());
    }
  }

  void answered(RelayEvent.Answered event) {
    Timer timer = requests.get(event.outcome().name());
    if (timer != null) {
      timer.record(event.took());
    }
    requestUsers.record(event.elements());
    requestActions.record(event.actions());
    if (event.bytes() > 0) {
      // None, when the request failed before its body was made.
      requestBytes.record(event.bytes());
    }
    if (event.outcome() instanceof Outcome.Unknown) {
      unknown.increment(event.actions());
    }
  }

  void delivered(int actions) {
    delivered.increment(actions);
  }

  void retried(int actions) {
    retried.increment(actions);
  }

  void rejected(int actions) {
    rejected.increment(actions);
  }

  void longUnknown(int actions) {
    longUnknown.increment(actions);
  }

  void vanished(int actions) {
    vanished.increment(actions);
  }

  void paused(@Nullable String cause) {
    Counter counter = pauses.get(cause == null ? BY_PERSON : cause);
    if (counter != null) {
      counter.increment();
    }
  }

  private static Counter actions(
      MeterRegistry registry, Tags tags, String name, String description) {
    return Counter.builder(name)
        .baseUnit("actions")
        .description(description)
        .tags(tags)
        .register(registry);
  }

  private static Timer claims(MeterRegistry registry, Tags tags, String found) {
    return Timer.builder("outbox.claims")
        .description("Claims, and how long the database took for them")
        .tags(tags.and(Tag.of("found", found)))
        .register(registry);
  }

  private static Timer requests(MeterRegistry registry, Tags tags, String outcome) {
    return Timer.builder("outbox.requests")
        .description("Requests, from sending to the answer or the failure")
        .tags(tags.and(Tag.of("outcome", outcome)))
        .register(registry);
  }

  private static DistributionSummary summary(
      MeterRegistry registry, Tags tags, String unit, String description) {
    return DistributionSummary.builder("outbox.request." + unit)
        .baseUnit(unit)
        .description(description)
        .tags(tags)
        .register(registry);
  }

  private static Counter pauses(MeterRegistry registry, Tags tags, String cause) {
    return Counter.builder("outbox.pauses")
        .description("How often a relay found or made a pause, or made it another")
        .tags(tags.and(Tag.of("cause", cause)))
        .register(registry);
  }
}
