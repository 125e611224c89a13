package io.durableoutbox.micrometer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.durableoutbox.RelayEvent;
import io.durableoutbox.destination.Outcome;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MockClock;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.simple.SimpleConfig;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** What becomes of events that a short run has not, and of values that are absent or odd. */
class EventsTest {
  private static final Duration MS = Duration.ofMillis(1);

  private final MockClock clock = new MockClock();
  private final SimpleMeterRegistry registry = new SimpleMeterRegistry(SimpleConfig.DEFAULT, clock);
  private final OutboxMetrics metrics = OutboxMetrics.builder().build();

  EventsTest() {
    metrics.bindTo(registry);
  }

  private double seconds(String gauge) {
    return registry.get(gauge).timeGauge().value(TimeUnit.SECONDS);
  }

  private static RelayEvent claimed(String workspace, int actions, Duration skew) {
    return new RelayEvent.Claimed(workspace, actions, MS, skew);
  }

  private static RelayEvent settled(Duration leaseLeft) {
    return new RelayEvent.Settled(1, MS, leaseLeft);
  }

  @Test
  void whatCameTooLateIsCountedInActions() {
    metrics.on(new RelayEvent.Fenced(3));
    metrics.on(new RelayEvent.Abandoned(4));
    metrics.on(new RelayEvent.LongUnknown("shop", List.of(new UUID(1, 1), new UUID(1, 2))));
    assertThat(registry.get("outbox.fenced").counter().count()).isEqualTo(3);
    assertThat(registry.get("outbox.abandoned").counter().count()).isEqualTo(4);
    assertThat(registry.get("outbox.long.unknown").counter().count()).isEqualTo(2);
  }

  @Test
  void whatWasAcceptedAndHasLostItsRowIsCountedOfItsWorkspace() {
    UUID request = new UUID(2, 1);
    metrics.on(new RelayEvent.Vanished("shop", request, List.of(new UUID(1, 1), new UUID(1, 2))));
    assertThat(registry.get("outbox.vanished").tag("workspace", "shop").counter().count())
        .isEqualTo(2);
    assertThat(registry.get("outbox.delivered").tag("workspace", "shop").counter().count())
        .isZero();
  }

  @Test
  void failuresAreCountedByStepAndOtherStepsMakeNoMeter() {
    int meters = registry.getMeters().size();
    metrics.on(new RelayEvent.Failed("settle", new IllegalStateException()));
    metrics.on(new RelayEvent.Failed("to be invented", new IllegalStateException()));
    assertThat(registry.get("outbox.failures").tag("step", "settle").counter().count()).isOne();
    assertThat(registry.getMeters()).hasSize(meters);
  }

  @Test
  void aPauseWithoutACauseIsAPersons() {
    metrics.on(new RelayEvent.Paused("shop", null, null));
    assertThat(registry.get("outbox.pauses").tag("cause", "person").counter().count()).isOne();
  }

  @Test
  void emptyClaimsAreTimedApart() {
    metrics.on(claimed("shop", 0, Duration.ZERO));
    metrics.on(claimed("shop", 7, Duration.ZERO));
    assertThat(registry.get("outbox.claims").tag("found", "nothing").timer().count()).isOne();
    assertThat(registry.get("outbox.claims").tag("found", "actions").timer().count()).isOne();
    assertThat(registry.get("outbox.claimed").counter().count()).isEqualTo(7);
  }

  @Test
  void aRequestWithoutABodyHasNoSize() {
    metrics.on(
        new RelayEvent.Answered(
            "shop", new UUID(1, 1), 2, 3, 0, MS, new Outcome.Unknown(null, null, null)));
    assertThat(registry.get("outbox.request.bytes").summary().count()).isZero();
    assertThat(registry.get("outbox.request.users").summary().totalAmount()).isEqualTo(2);
    assertThat(registry.get("outbox.unknown").counter().count()).isEqualTo(3);
  }

  @Test
  void allMetersOfAWorkspaceAreThereAtZeroFromItsFirstEvent() {
    metrics.on(claimed("shop", 0, Duration.ZERO));
    assertThat(registry.get("outbox.rejected").tag("workspace", "shop").counter().count()).isZero();
    assertThat(registry.get("outbox.requests").timers()).hasSize(6);
    assertThat(registry.get("outbox.pauses").counters()).hasSize(5);
  }

  // The lease margin

  @Test
  void theLeaseMarginIsTheLowestOfTheLastMinutesAndMayBeNegative() {
    assertThat(seconds("outbox.lease.margin")).isNaN();
    metrics.on(settled(Duration.ofSeconds(50)));
    metrics.on(settled(Duration.ofSeconds(-2)));
    metrics.on(settled(Duration.ofSeconds(40)));
    assertThat(seconds("outbox.lease.margin")).isEqualTo(-2);
    clock.add(Duration.ofSeconds(70));
    assertThat(seconds("outbox.lease.margin")).isEqualTo(-2);
    metrics.on(settled(Duration.ofSeconds(45)));
    clock.add(Duration.ofSeconds(60));
    assertThat(seconds("outbox.lease.margin")).isEqualTo(45);
    clock.add(Duration.ofMinutes(5));
    assertThat(seconds("outbox.lease.margin")).isNaN();
  }

  // The clock skew

  @Test
  void theClockSkewHasASignAndIsUnknownWithoutAClaimForTenMinutes() {
    assertThat(seconds("outbox.clock.skew")).isNaN();
    metrics.on(claimed("shop", 0, Duration.ofMillis(-1_500)));
    assertThat(seconds("outbox.clock.skew")).isEqualTo(-1.5);
    clock.add(Duration.ofMinutes(11));
    assertThat(seconds("outbox.clock.skew")).isNaN();
  }

  // Bounds

  @Test
  void theWorkspacesBeyondAHundredShareOneTagAndLoseNothing() {
    for (int i = 0; i < 150; i++) {
      metrics.on(claimed("workspace-" + i, 1, Duration.ZERO));
    }
    Set<String> tags =
        registry.get("outbox.claimed").counters().stream()
            .map(counter -> counter.getId().getTag("workspace"))
            .collect(Collectors.toSet());
    assertThat(tags).hasSize(101).contains("workspace-99", "other").doesNotContain("workspace-100");
    assertThat(registry.get("outbox.claimed").tag("workspace", "other").counter().count())
        .isEqualTo(50);
  }

  // Registries

  @Test
  void everyRegistryThatIsBoundIsToldAndTwiceIsOnce() {
    SimpleMeterRegistry second = new SimpleMeterRegistry();
    second.config().commonTags(List.of(Tag.of("application", "shop")));
    metrics.bindTo(second);
    metrics.bindTo(second);
    metrics.on(claimed("shop", 5, Duration.ZERO));
    for (MeterRegistry each : List.of(registry, second)) {
      assertThat(each.get("outbox.claimed").counter().count()).isEqualTo(5);
    }
    assertThat(second.get("outbox.claimed").tag("application", "shop").counter().count())
        .isEqualTo(5);
  }

  @Test
  void whatIsClosedTakesItsGaugesAwayAndCountsNoMore() {
    metrics.on(claimed("shop", 5, Duration.ZERO));
    metrics.close();
    metrics.close();
    metrics.on(claimed("shop", 5, Duration.ZERO));
    assertThat(registry.get("outbox.claimed").counter().count()).isEqualTo(5);
    assertThat(registry.find("outbox.clock.skew").timeGauge()).isNull();
    assertThatThrownBy(() -> metrics.bindTo(registry))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("make new ones");
  }

  @Test
  void anIntervalThatCantBeIsRefusedByName() {
    assertThatThrownBy(() -> OutboxMetrics.builder().refreshInterval(Duration.ofMillis(10)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("refreshInterval", "1 s", "1 h");
  }

  @Test
  void withoutAnOutboxThereAreNoGaugesOfTheDatabase() {
    metrics.on(claimed("shop", 5, Duration.ZERO));
    assertThat(registry.find("outbox.waiting").gauge()).isNull();
    assertThat(registry.find("outbox.backlog.readable").gauge()).isNull();
  }
}
