package io.durableoutbox.internal.relay;

import static org.assertj.core.api.Assertions.assertThat;

import io.durableoutbox.internal.relay.SimDestination.Plan;
import io.durableoutbox.internal.relay.SimRelays.Running;
import io.durableoutbox.internal.relay.SimStore.Fault;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.SplittableRandom;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** Ways in which a poller once stopped for good, or ran hot. */
class StuckPollerTest {
  private final SimRelays sim = new SimRelays(42);
  private final SimSettings settings = SimSettings.small();
  private final SimDestination shop = sim.destination("shop");

  @Test
  void aLeaseThatBuildAcceptsIsEnoughToSend() {
    sim.commit("shop", 10);
    sim.storeDelay = () -> Duration.ofMillis(1);
    sim.started(settings.leasing(SimSettings.CALL_TIMEOUT.plusSeconds(5).plusMillis(1)), shop);
    boolean ok = sim.drain(Duration.ofMinutes(5));
    assertThat(ok).as("claims %s sent %s", sim.store.claims.size(), shop.sent.size()).isTrue();
  }

  @Test
  void aSettlementThatCantBeWrittenDoesNotStopAProbingLane() {
    UUID poison = sim.commit("shop", 1).get(0);
    sim.store.settleFault =
        s ->
            s.stream()
                    .flatMap(x -> x.actions().stream())
                    .anyMatch(a -> a.eventUuid().equals(poison))
                ? Fault.BEFORE
                : Fault.NONE;
    sim.started(settings, shop);
    sim.world.runFor(Duration.ofSeconds(5));
    shop.script = r -> Plan.unavailable(Duration.ofMillis(50));
    sim.commit("shop", 10);
    sim.world.runFor(Duration.ofSeconds(5));
    shop.script = r -> Plan.accepted(Duration.ofMillis(50));
    List<UUID> later = sim.commit("shop", 100);
    assertThat(
            sim.world.runUntil(
                () -> new HashSet<>(sim.deliveredEvents()).containsAll(later), Duration.ofHours(5)))
        .as("delivered %s", sim.store.delivered.size())
        .isTrue();
  }

  @Test
  void aSettlementThatCantBeWrittenIsNotHeldAgainForEachLease() {
    UUID poison = sim.commit("shop", 1).get(0);
    sim.store.settleFault =
        s ->
            s.stream()
                    .flatMap(x -> x.actions().stream())
                    .anyMatch(a -> a.eventUuid().equals(poison))
                ? Fault.BEFORE
                : Fault.NONE;
    sim.started(settings.inFlight(1).elements(2), shop);
    sim.world.runFor(Duration.ofMinutes(30));
    List<UUID> later = sim.commit("shop", 10);
    assertThat(
            sim.world.runUntil(
                () -> new HashSet<>(sim.deliveredEvents()).containsAll(later), Duration.ofHours(5)))
        .as("sent %s delivered %s", shop.timesSent(poison), sim.store.delivered.size())
        .isTrue();
  }

  @Test
  void whatAStepThatFailedHasDroppedIsNotHeldForEver() {
    SplittableRandom random = new SplittableRandom(1);
    IllegalStateException broken = new IllegalStateException("simulated: a step has failed");
    List<UUID> events = sim.commit("shop", 2_000);
    Duration latency = Duration.ofMillis(50);
    shop.script =
        r -> shop.sent.size() % 3 == 0 ? Plan.lostBefore(latency) : Plan.accepted(latency);
    Running relay =
        sim.relay(
            settings.inFlight(1).elements(2),
            sim.world.clock(),
            () -> {
              if (sim.world.time().toMinutes() < 10 && random.nextInt(8) == 0) {
                throw broken;
              }
              return random.nextLong();
            },
            sim.events::add,
            shop);
    relay.scheduler().survives = failure -> failure == broken;
    relay.engine().start();
    sim.world.runFor(Duration.ofMinutes(10));
    assertThat(relay.engine().counters().abandoned()).isPositive();
    shop.script = r -> Plan.accepted(latency);
    assertThat(sim.drain(Duration.ofMinutes(10))).isTrue();
    assertThat(sim.deliveredEvents()).containsExactlyInAnyOrderElementsOf(events);
  }
}
