package io.durableoutbox.internal.relay;

import static org.assertj.core.api.Assertions.assertThat;

import io.durableoutbox.RelayEvent;
import io.durableoutbox.RelayHealth.Status;
import io.durableoutbox.internal.relay.SimDestination.Plan;
import io.durableoutbox.internal.relay.SimRelays.Running;
import io.durableoutbox.internal.relay.SimStore.Fault;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** What a relay tells of itself: its health and its events. */
class ToldTest {
  private static final String SHOP = "shop";
  private static final Duration LATENCY = Duration.ofMillis(50);

  private final SimRelays sim = new SimRelays(42);
  private final SimSettings settings = SimSettings.small();
  private final SimDestination shop = sim.destination(SHOP);

  private <E extends RelayEvent> List<E> told(Class<E> kind) {
    return sim.events.stream().filter(kind::isInstance).map(kind::cast).toList();
  }

  // Health

  @Test
  void aRelayThatDeliversIsUp() {
    Running relay = sim.started(settings, shop);
    sim.commit(SHOP, 100);
    sim.world.runFor(Duration.ofMinutes(10));
    assertThat(relay.engine().health().status()).isEqualTo(Status.UP);
    assertThat(relay.engine().health().reasons()).isEmpty();
  }

  @Test
  void aRelayThatCantClaimIsDownAfterAWhileAndUpAgainAfterwards() {
    Running relay = sim.started(settings, shop);
    sim.store.claimFault = spec -> Fault.BEFORE;
    sim.world.runFor(Duration.ofSeconds(20));
    assertThat(relay.engine().health().status()).isEqualTo(Status.UP);
    sim.world.runFor(Duration.ofMinutes(2));
    assertThat(relay.engine().health().status()).isEqualTo(Status.DOWN);
    assertThat(relay.engine().health().reasons())
        .singleElement()
        .asString()
        .matches(
            "nothing can be claimed for workspace shop since 1[34]\\d s: simulated: the store can.t be"
                + " reached; look at the database.*");
    sim.store.claimFault = spec -> Fault.NONE;
    sim.world.runFor(SimSettings.RETRY_MAX.plusSeconds(1));
    assertThat(relay.engine().health().status()).isEqualTo(Status.UP);
  }

  @Test
  void aRelayThatCantWriteOutcomesIsDownAfterAWhile() {
    Running relay = sim.started(settings, shop);
    sim.commit(SHOP, 100);
    sim.store.settleFault = settlements -> Fault.BEFORE;
    sim.world.runFor(Duration.ofMinutes(1));
    assertThat(relay.engine().health().status()).isEqualTo(Status.DOWN);
    assertThat(relay.engine().health().reasons())
        .anySatisfy(reason -> assertThat(reason).contains("outcomes can't be written since"));
    sim.store.settleFault = settlements -> Fault.NONE;
    sim.drain(Duration.ofMinutes(5));
    assertThat(relay.engine().health().status()).isEqualTo(Status.UP);
  }

  @Test
  void aRelayWithAPausedWorkspaceIsPausedAndSaysWhyAndForHowLong() {
    shop.script = request -> Plan.rateLimited(LATENCY, Duration.ofMinutes(10));
    Running relay = sim.started(settings, shop);
    sim.commit(SHOP, 1);
    sim.world.runFor(Duration.ofSeconds(5));
    assertThat(relay.engine().health().status()).isEqualTo(Status.PAUSED);
    assertThat(relay.engine().health().reasons())
        .singleElement()
        .asString()
        .startsWith("workspace shop is paused by relay-a (rate_limited 429), for another 59")
        .contains("it sends to sim://shop")
        .endsWith("nothing is lost, it is tried again by itself");
  }

  @Test
  void aPersonsPauseIsToldWithWhereTheReasonIsAndWhatEndsIt() {
    sim.store.pauseByHand(SHOP, null);
    Running relay = sim.started(settings, shop);
    sim.world.runFor(Duration.ofSeconds(5));
    assertThat(relay.engine().health().status()).isEqualTo(Status.PAUSED);
    assertThat(relay.engine().health().reasons())
        .containsExactly(
            "workspace shop is paused by a person, until somebody resumes it; outbox_workspace says"
                + " why, and a person's resume ends it");
  }

  @Test
  void wrongCredentialsAreToldWithWhatToDo() {
    shop.script = request -> Plan.misconfigured(LATENCY);
    Running relay = sim.started(settings, shop);
    sim.commit(SHOP, 1);
    sim.world.runFor(Duration.ofSeconds(5));
    assertThat(relay.engine().health().reasons())
        .singleElement()
        .asString()
        .contains("(misconfigured 401)", "give the right API key, workspace id and data centre");
  }

  @Test
  void aWorkspacesNameThatSomebodyWroteForgesNoLine() {
    Running relay = sim.started(settings, shop);
    sim.commit("shop\n12:00 ERROR all is lost\u001b[2J", 1);
    sim.world.runFor(Duration.ofMinutes(10));
    assertThat(relay.engine().health().reasons())
        .singleElement()
        .asString()
        .contains("actions of workspace shop?12:00 ERROR all is lost?[2J wait");
  }

  @Test
  void actionsOfAWorkspaceThatNobodyServesAreToldOnceAndBlockNobody() {
    Running relay = sim.started(settings, shop);
    sim.commit("shoop", 3);
    List<UUID> served = sim.commit(SHOP, 100);
    sim.world.runFor(Duration.ofMinutes(10));
    assertThat(sim.deliveredEvents()).containsExactlyInAnyOrderElementsOf(served);
    assertThat(told(RelayEvent.Unserved.class))
        .singleElement()
        .satisfies(
            event -> {
              assertThat(event.workspace()).isEqualTo("shoop");
              assertThat(event.age()).isBetween(Duration.ofMinutes(1), Duration.ofMinutes(3));
            });
    assertThat(relay.engine().health().status()).isEqualTo(Status.UP);
    assertThat(relay.engine().health().reasons())
        .singleElement()
        .asString()
        .contains("actions of workspace shoop wait", "no destination of that name");
  }

  // Events

  @Test
  void anActionsWayIsToldInItsOrder() {
    sim.started(settings, shop);
    List<UUID> events = sim.commit(SHOP, 2);
    sim.drain(Duration.ofMinutes(1));
    sim.world.runFor(Duration.ofMillis(10));
    assertThat(sim.events)
        .filteredOn(e -> !(e instanceof RelayEvent.Claimed claimed && claimed.actions() == 0))
        .satisfiesExactly(
            e -> assertThat(e).isInstanceOf(RelayEvent.Claimed.class),
            e ->
                assertThat(e)
                    .isInstanceOfSatisfying(
                        RelayEvent.Sent.class, sent -> assertThat(sent.actions()).isEqualTo(2)),
            e ->
                assertThat(e)
                    .isInstanceOfSatisfying(
                        RelayEvent.Answered.class,
                        answered -> {
                          assertThat(answered.outcome().name()).isEqualTo("accepted");
                          assertThat(answered.took()).isEqualTo(LATENCY);
                          assertThat(answered.bytes()).isPositive();
                        }),
            e ->
                assertThat(e)
                    .isInstanceOfSatisfying(
                        RelayEvent.Settled.class,
                        settled -> assertThat(settled.actions()).isEqualTo(2)),
            e ->
                assertThat(e)
                    .isInstanceOfSatisfying(
                        RelayEvent.Delivered.class,
                        delivered -> assertThat(delivered.eventUuids()).isEqualTo(events)));
  }

  @Test
  void aClaimTellsHowFarTheClocksAreApart() {
    InstantSource behind = () -> sim.world.clock().instant().minusSeconds(7);
    sim.relay(settings, behind, sim.events::add, shop).engine().start();
    sim.world.runFor(Duration.ofSeconds(5));
    assertThat(told(RelayEvent.Claimed.class))
        .isNotEmpty()
        .allSatisfy(
            claimed ->
                assertThat(claimed.clockSkew())
                    .isBetween(Duration.ofMillis(6_500), Duration.ofMillis(7_500)));
  }

  @Test
  void writingOutcomesTellsHowLongItTookAndWhatWasLeftOfTheLease() {
    sim.storeDelay = () -> Duration.ofMillis(30);
    sim.started(settings, shop);
    sim.commit(SHOP, 10);
    sim.drain(Duration.ofMinutes(1));
    sim.world.runFor(Duration.ofSeconds(1));
    assertThat(told(RelayEvent.Settled.class))
        .isNotEmpty()
        .allSatisfy(
            settled -> {
              assertThat(settled.took()).isBetween(Duration.ofMillis(30), Duration.ofMillis(70));
              assertThat(settled.leaseLeft())
                  .isBetween(settings.lease().minusSeconds(2), settings.lease().minus(LATENCY));
            });
    assertThat(told(RelayEvent.Settled.class).stream().mapToInt(RelayEvent.Settled::actions).sum())
        .isEqualTo(10);
  }

  @Test
  void outcomesThatAreWrittenAfterTheirLeaseAreToldWithAMarginBelowZero() {
    sim.commit(SHOP, 10);
    sim.started(settings, shop);
    long away = settings.lease().multipliedBy(2).toNanos();
    sim.store.settleFault = settlements -> sim.world.now() < away ? Fault.BEFORE : Fault.NONE;
    sim.store.claimFault =
        spec ->
            sim.world.now() > Duration.ofSeconds(1).toNanos() && sim.world.now() < away
                ? Fault.BEFORE
                : Fault.NONE;
    assertThat(sim.drain(Duration.ofMinutes(5))).isTrue();
    sim.world.runFor(Duration.ofMillis(100));
    assertThat(told(RelayEvent.Settled.class))
        .anySatisfy(settled -> assertThat(settled.leaseLeft()).isNegative());
  }

  @Test
  void whatFailsIsToldWithItsStep() {
    sim.store.claimFault = spec -> sim.world.now() == 0 ? Fault.BEFORE : Fault.NONE;
    int[] settles = {0};
    sim.store.settleFault = settlements -> settles[0]++ == 0 ? Fault.BEFORE : Fault.NONE;
    sim.storeDelay = () -> Duration.ZERO;
    sim.commit(SHOP, 1);
    sim.started(settings, shop);
    sim.drain(Duration.ofMinutes(1));
    assertThat(told(RelayEvent.Failed.class))
        .extracting(RelayEvent.Failed::step)
        .containsExactly("claim", "settle");
  }

  @Test
  void whatComesTooLateIsToldAsFencedAndUndoesNothing() {
    shop.script = request -> Plan.unavailable(Duration.ofSeconds(5));
    Running relay = sim.started(settings, shop);
    List<UUID> events = sim.commit(SHOP, 10);
    sim.world.runUntil(() -> shop.inFlight() == 1, Duration.ofSeconds(5));
    UUID successor = new UUID(1, 2);
    for (SimStore.Row row : sim.store.rows()) {
      row.claimId = successor;
      row.availableAt = sim.world.now() + Duration.ofSeconds(30).toNanos();
    }
    sim.world.runFor(Duration.ofSeconds(10));
    assertThat(told(RelayEvent.Fenced.class))
        .extracting(RelayEvent.Fenced::actions)
        .containsExactly(10);
    assertThat(sim.store.rows()).allMatch(row -> successor.equals(row.claimId));
    assertThat(relay.engine().counters().fenced()).isEqualTo(10);
    shop.script = request -> Plan.accepted(LATENCY);
    assertThat(sim.drain(Duration.ofMinutes(10))).isTrue();
    assertThat(sim.deliveredEvents()).containsExactlyInAnyOrderElementsOf(events);
  }

  @Test
  void whatIsAcceptedAndHasLostItsRowIsToldAsVanishedAndNotAsDelivered() {
    shop.script = request -> Plan.accepted(Duration.ofSeconds(5));
    Running relay = sim.started(settings, shop);
    List<UUID> events = sim.commit(SHOP, 3);
    sim.world.runUntil(() -> shop.inFlight() == 1, Duration.ofSeconds(5));
    SimStore.Row lost = sim.store.rows().get(1);
    sim.store.lose(lost.id);
    sim.world.runFor(Duration.ofSeconds(10));
    assertThat(told(RelayEvent.Vanished.class))
        .singleElement()
        .satisfies(v -> assertThat(v.workspace()).isEqualTo(SHOP))
        .satisfies(v -> assertThat(v.eventUuids()).containsExactly(lost.action.eventUuid()));
    assertThat(told(RelayEvent.Delivered.class))
        .singleElement()
        .satisfies(d -> assertThat(d.eventUuids()).containsExactly(events.get(0), events.get(2)));
    assertThat(relay.engine().counters().vanished()).isEqualTo(1);
    assertThat(relay.engine().counters().delivered()).isEqualTo(2);
  }

  @Test
  void aRepetitionThatMayComeTooLateForTheDedupeIsToldBeforeItLeaves() {
    List<UUID> events = sim.commit(SHOP, 2);
    shop.script = request -> Plan.lostAfter(LATENCY);
    sim.started(settings, shop);
    sim.world.runFor(Duration.ofSeconds(1));
    shop.script = request -> Plan.unavailable(LATENCY);
    sim.world.runFor(SimSettings.DEDUPE_WINDOW.minusHours(1));
    assertThat(told(RelayEvent.LongUnknown.class)).isEmpty();
    sim.world.runFor(Duration.ofHours(2));
    shop.script = request -> Plan.accepted(LATENCY);
    assertThat(sim.drain(Duration.ofMinutes(5))).isTrue();
    assertThat(told(RelayEvent.LongUnknown.class))
        .isNotEmpty()
        .allSatisfy(event -> assertThat(events).containsAll(event.eventUuids()));
    int lastTold = sim.events.lastIndexOf(lastOf(RelayEvent.LongUnknown.class));
    int lastSent = sim.events.lastIndexOf(lastOf(RelayEvent.Sent.class));
    assertThat(lastTold).isLessThan(lastSent);
  }

  private RelayEvent lastOf(Class<? extends RelayEvent> kind) {
    List<? extends RelayEvent> all = told(kind);
    return all.get(all.size() - 1);
  }
}
