package io.durableoutbox.micrometer;

import io.durableoutbox.RelayEvent;
import io.micrometer.core.instrument.Clock;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.TimeGauge;
import io.micrometer.core.instrument.Timer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/** The meters in one registry. */
final class RelayMeters {
  private static final List<String> STEPS =
      List.of("claim", "settle", "pause", "resume", "look", "step");
  // Longer than an idle relay is likely to wait between two claims.
  private static final long SKEW_IS_KNOWN_FOR = TimeUnit.MINUTES.toNanos(10);

  private final MeterRegistry registry;
  private final Clock clock;
  private final WorkspaceTags tags;
  private final @Nullable BacklogReader backlog;
  private final Map<String, WorkspaceMeters> byWorkspace = new ConcurrentHashMap<>();
  private final List<Meter> gauges = new CopyOnWriteArrayList<>();
  private final Timer settlements;
  private final Counter fenced;
  private final Counter abandoned;
  private final Map<String, Counter> failures = new HashMap<>();
  private final LowestLately leaseMargin;
  private volatile double skewSeconds = Double.NaN;
  private volatile long skewNanos;

  RelayMeters(MeterRegistry registry, WorkspaceTags tags, @Nullable BacklogReader backlog) {
    this.registry = registry;
    this.clock = registry.config().clock();
    this.tags = tags;
    this.backlog = backlog;
    this.leaseMargin = new LowestLately(clock);
    settlements =
        Timer.builder("outbox.settlements")
            .description(
                "Transactions that wrote outcomes, and how long the database took for them")
            .register(registry);
    fenced =
        actions("outbox.fenced", "Actions whose outcome came too late: another claim had them");
    abandoned =
        actions("outbox.abandoned", "Actions whose outcome could not be written within the lease");
    for (String step : STEPS) {
      failures.put(
          step,
          Counter.builder("outbox.failures")
              .description("Calls of the database and steps of the loop that failed")
              .tag("step", step)
              .register(registry));
    }
    seconds(
        "outbox.lease.margin",
        "Lowest rest of a lease when its outcome was written, in the last minutes",
        Tags.empty(),
        leaseMargin::get);
    seconds(
        "outbox.clock.skew",
        "How far the database's clock is ahead of this JVM's",
        Tags.empty(),
        this::skew);
    if (backlog != null) {
      gauges.add(
          Gauge.builder("outbox.backlog.readable", () -> backlog.readable() ? 1 : 0)
              .description("Whether the database can be read for the gauges: 1 or 0")
              .register(registry));
    }
  }

  MeterRegistry registry() {
    return registry;
  }

  void on(RelayEvent event) {
    if (event instanceof RelayEvent.Claimed claimed) {
      skewSeconds = claimed.clockSkew().toNanos() / 1e9;
      skewNanos = clock.monotonicTime();
      of(claimed.workspace()).claimed(claimed);
    } else if (event instanceof RelayEvent.Answered answered) {
      of(answered.workspace()).answered(answered);
    } else if (event instanceof RelayEvent.Settled settled) {
      settlements.record(settled.took());
      leaseMargin.record(settled.leaseLeft().toNanos() / 1e9);
    } else if (event instanceof RelayEvent.Delivered delivered) {
      of(delivered.workspace()).delivered(delivered.eventUuids().size());
    } else if (event instanceof RelayEvent.Retried retried) {
      of(retried.workspace()).retried(retried.eventUuids().size());
    } else if (event instanceof RelayEvent.Rejected rejected) {
      of(rejected.workspace()).rejected(rejected.eventUuids().size());
    } else if (event instanceof RelayEvent.Paused paused) {
      of(paused.workspace()).paused(paused.cause());
    } else if (event instanceof RelayEvent.LongUnknown old) {
      of(old.workspace()).longUnknown(old.eventUuids().size());
    } else if (event instanceof RelayEvent.Vanished lost) {
      of(lost.workspace()).vanished(lost.eventUuids().size());
    } else if (event instanceof RelayEvent.Fenced tooLate) {
      fenced.increment(tooLate.actions());
    } else if (event instanceof RelayEvent.Abandoned givenUp) {
      abandoned.increment(givenUp.actions());
    } else if (event instanceof RelayEvent.Failed failed) {
      Counter counter = failures.get(failed.step());
      if (counter != null) {
        counter.increment();
      }
    }
  }

  private WorkspaceMeters of(String workspace) {
    WorkspaceMeters meters = byWorkspace.get(workspace);
    return meters == null ? meet(tags.tag(workspace)) : meters;
  }

  /** Registers a workspace's meters, unless they are. */
  WorkspaceMeters meet(String tag) {
    return byWorkspace.computeIfAbsent(
        tag,
        name -> {
          registerGauges(name);
          return new WorkspaceMeters(registry, name);
        });
  }

  private void registerGauges(String tag) {
    if (backlog == null) {
      return;
    }
    Tags workspace = Tags.of("workspace", tag);
    actions("outbox.waiting", "Actions not delivered yet", workspace, from(tag, f -> f.waiting()));
    actions(
        "outbox.rejected.open",
        "Actions that were rejected and wait for a person",
        workspace,
        from(tag, f -> f.rejected()));
    seconds(
        "outbox.waiting.age",
        "For how long the first action has waited; 0 if none waits",
        workspace,
        from(tag, f -> f.oldestSeconds()));
    gauges.add(
        Gauge.builder("outbox.paused", from(tag, f -> f.paused() ? 1 : 0))
            .description("Whether nothing is sent to the workspace: 1 or 0")
            .tags(workspace)
            .register(registry));
    seconds(
        "outbox.paused.time",
        "For how long nothing has been sent to the workspace; 0 if it is not paused",
        workspace,
        from(tag, f -> f.pausedSeconds()));
  }

  private Supplier<Number> from(String tag, ToDoubleFunction<BacklogReader.Figures> figure) {
    return () -> {
      BacklogReader.Figures figures = backlog == null ? null : backlog.figures(tag);
      return figures == null ? Double.NaN : figure.applyAsDouble(figures);
    };
  }

  void removeGauges() {
    gauges.forEach(registry::remove);
    gauges.clear();
  }

  private double skew() {
    return clock.monotonicTime() - skewNanos > SKEW_IS_KNOWN_FOR ? Double.NaN : skewSeconds;
  }

  private Counter actions(String name, String description) {
    return Counter.builder(name).baseUnit("actions").description(description).register(registry);
  }

  private void actions(String name, String description, Tags with, Supplier<Number> value) {
    gauges.add(
        Gauge.builder(name, value)
            .baseUnit("actions")
            .description(description)
            .tags(with)
            .register(registry));
  }

  private void seconds(String name, String description, Tags with, Supplier<Number> value) {
    gauges.add(
        TimeGauge.builder(name, value, TimeUnit.SECONDS)
            .description(description)
            .tags(with)
            .register(registry));
  }
}
