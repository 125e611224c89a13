package io.durableoutbox.internal.relay;

import static org.assertj.core.api.Assertions.assertThat;

import io.durableoutbox.Samples;
import io.durableoutbox.destination.ClaimedAction;
import io.durableoutbox.destination.Outcome;
import io.durableoutbox.destination.Request;
import io.durableoutbox.internal.relay.SimDestination.Plan;
import io.durableoutbox.internal.relay.SimRelays.Running;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One answer is not evidence: whose fault it is, is decided by what happens to others. */
class WhoseFaultTest {
  private static final Logger log = LoggerFactory.getLogger("outbox.test");
  private static final String SHOP = "shop";
  private static final Duration LATENCY = Duration.ofMillis(50);
  private static final Duration MINUTE = Duration.ofMinutes(1);

  /** Ten thousand of each were run when this was written. */
  private static final int SEEDS =
      Math.min(1_500, Integer.getInteger("outbox.simulation.seeds", 1_500));

  private final SimRelays sim = new SimRelays(42);
  private final SimSettings settings = asByDefault();
  private final SimDestination shop = sim.destination(SHOP);
  private final Set<UUID> poison = new HashSet<>();

  private static SimSettings asByDefault() {
    return new SimSettings(
        "relay-a", Duration.ofMillis(500), MINUTE, 8, 100, 1_000, 0, 0, SimSettings.MAX_REFUSALS);
  }

  private static boolean has(Request request, Set<UUID> events) {
    return request.actions().stream().anyMatch(a -> events.contains(a.eventUuid()));
  }

  private void breaksOnPoison(Supplier<Plan> failure) {
    shop.script = r -> has(r, poison) ? failure.get() : Plan.accepted(LATENCY);
  }

  private boolean allButPoisonDelivered(List<UUID> events, Duration within) {
    List<UUID> others = new ArrayList<>(events);
    others.removeAll(poison);
    return sim.world.runUntil(
        () -> sim.store.delivered.size() >= others.size() && delivered().containsAll(others),
        within);
  }

  private Set<UUID> delivered() {
    return new HashSet<>(sim.deliveredEvents());
  }

  static Stream<Named<Supplier<Plan>>> failures() {
    return Stream.of(
        Named.of("500", () -> Plan.lostBefore(LATENCY)),
        Named.of("403", () -> Plan.misconfigured(LATENCY)),
        Named.of(
            "reset",
            () -> new Plan(LATENCY, false, new Outcome.Unknown(null, "reset", null), false)),
        Named.of("an early 500", () -> Plan.lostBefore(Duration.ofMillis(1))),
        Named.of("a late 500", () -> Plan.lostBefore(Duration.ofSeconds(2))),
        Named.of("no answer", () -> Plan.silent(false)),
        Named.of("a destination that throws", Plan::throwing));
  }

  // A failure that follows one action

  @ParameterizedTest
  @MethodSource("failures")
  void anActionThatTheServerBreaksOnHoldsUpNobodyAndIsNotGivenUp(Supplier<Plan> failure) {
    List<UUID> events = sim.commit(SHOP, 1_000);
    poison.add(events.get(437));
    breaksOnPoison(failure);
    Running relay = sim.started(settings, shop);
    boolean hangs = failure.get().outcome() == null && !failure.get().thrown();
    // A call that hangs takes its timeout at each level of the search.
    Duration within = hangs ? MINUTE.multipliedBy(6) : MINUTE;
    assertThat(allButPoisonDelivered(events, within)).isTrue();
    events.addAll(sim.commit(SHOP, 50));
    assertThat(allButPoisonDelivered(events, MINUTE)).isTrue();

    UUID culprit = poison.iterator().next();
    long before = shop.timesSent(culprit);
    sim.world.runFor(Duration.ofHours(1));
    assertThat(sim.store.pending()).isOne();
    assertThat(sim.store.rejected).isEmpty();
    assertThat(before).as("requests to find it").isLessThanOrEqualTo(25);
    assertThat(shop.timesSent(culprit) - before)
        .as("tries in the hour after, at most one in %s and some", SimSettings.RETRY_MAX)
        .isBetween(20L, 130L);
    assertThat(relay.engine().health().reasons())
        .anySatisfy(
            reason ->
                assertThat(reason)
                    .contains("1 actions of workspace shop fail alone", culprit.toString()));
    poison.clear();
    assertThat(sim.drain(SimSettings.RETRY_MAX.plusSeconds(10))).isTrue();
    assertThat(sim.deliveredEvents()).containsExactlyInAnyOrderElementsOf(events);
  }

  @ParameterizedTest
  @MethodSource("failures")
  void severalOfThemHoldUpNobody(Supplier<Plan> failure) {
    List<UUID> events = sim.commit(SHOP, 1_000);
    for (int at = 3; at < 1_000; at += 100) {
      poison.add(events.get(at));
    }
    breaksOnPoison(failure);
    sim.started(settings.named("a"), shop);
    sim.started(settings.named("b"), shop);
    assertThat(allButPoisonDelivered(events, MINUTE.multipliedBy(10))).isTrue();
    events.addAll(sim.commit(SHOP, 50));
    assertThat(allButPoisonDelivered(events, MINUTE.multipliedBy(2))).isTrue();
    assertThat(sim.store.rejected).isEmpty();
  }

  @Test
  void whatIsWrittenAfterAnActionThatFailsAlonePassesSoon() {
    // Nothing to compare it with: the workspace is paused, but not for longer and longer.
    poison.addAll(sim.commit(SHOP, 1));
    breaksOnPoison(() -> Plan.lostBefore(LATENCY));
    sim.started(settings, shop);
    sim.world.runFor(Duration.ofMinutes(30));
    assertThat(shop.sent.size()).isLessThan(90);
    for (int i = 0; i < 20; i++) {
      List<UUID> events = sim.commit(SHOP, 1);
      assertThat(allButPoisonDelivered(events, Duration.ofSeconds(4))).isTrue();
      sim.world.runFor(Duration.ofSeconds(7));
    }
  }

  @Test
  void aProxyThatResetsLargeBodiesDelaysTheOthersAMinuteAtMost() {
    List<UUID> events = new ArrayList<>(sim.commit(SHOP, 300));
    String large = Samples.contextPlus("\"x\":\"" + "x".repeat(60_000) + "\"");
    long id = sim.store.nextId();
    ClaimedAction heavy = sim.action(id, "heavy", null, large, true);
    poison.add(sim.commit(SHOP, heavy));
    events.addAll(sim.commit(SHOP, 300));
    shop.script =
        r ->
            r.actions().stream().mapToInt(ClaimedAction::bytes).sum() > 50_000
                ? new Plan(LATENCY, false, new Outcome.Unknown(null, "reset", null), false)
                : Plan.accepted(LATENCY);
    sim.started(settings, shop);
    assertThat(allButPoisonDelivered(events, MINUTE)).isTrue();
  }

  @Test
  void anotherRelayAndALaterLifeKnowWhatFailsAlone() {
    List<UUID> events = sim.commit(SHOP, 500);
    poison.add(events.get(10));
    breaksOnPoison(() -> Plan.lostBefore(LATENCY));
    Running first = sim.started(settings.named("a"), shop);
    assertThat(allButPoisonDelivered(events, MINUTE)).isTrue();
    assertThat(sim.stop(first, Duration.ofMinutes(2))).isTrue();
    int pauses = sim.store.pauses;
    sim.started(settings.named("b"), shop);
    for (int i = 0; i < 100; i++) {
      List<UUID> later = sim.commit(SHOP, 5);
      assertThat(allButPoisonDelivered(later, Duration.ofSeconds(2))).isTrue();
      sim.world.runFor(Duration.ofSeconds(10));
    }
    assertThat(sim.store.pauses).isEqualTo(pauses);
    assertThat(shop.sent)
        .filteredOn(s -> has(s.request(), poison))
        .last()
        .satisfies(s -> assertThat(s.request().actions()).hasSize(1));
  }

  @Test
  void anOutageIsNobodysFaultAndMarksFewActions() {
    List<UUID> events = sim.commit(SHOP, 5_000);
    sim.started(settings.named("a"), shop);
    sim.started(settings.named("b"), shop);
    sim.world.runUntil(() -> sim.store.delivered.size() > 500, MINUTE);
    shop.script = r -> Plan.lostBefore(LATENCY);
    sim.world.runFor(Duration.ofHours(1));
    shop.script = r -> Plan.accepted(LATENCY);
    assertThat(sim.store.rows()).filteredOn(row -> row.refusals > 0).hasSizeLessThan(1_700);
    int before = shop.sent.size();
    assertThat(before).isLessThan(200);
    assertThat(sim.drain(SimSettings.RETRY_MAX.plus(MINUTE))).isTrue();
    assertThat(shop.sent.size() - before).isLessThan(200);
    assertThat(sim.deliveredEvents()).containsExactlyInAnyOrderElementsOf(events);
  }

  // Everything is refused

  @Test
  void whenEverythingIsRefusedFewAreRejectedAndTheWorkspacePauses() {
    List<UUID> events = sim.commit(SHOP, 10_000);
    shop.script = r -> Plan.refused(LATENCY);
    Running a = sim.started(settings.named("a"), shop);
    Running b = sim.started(settings.named("b"), shop);
    sim.world.runFor(Duration.ofMinutes(2));
    int requests = shop.sent.size();
    int rejected = sim.store.rejected.size();
    log.info("all refused: {} requests and {} rejected in 2 minutes", requests, rejected);
    assertThat(a.engine().counters().rejected()).isLessThanOrEqualTo(20);
    assertThat(b.engine().counters().rejected()).isLessThanOrEqualTo(20);
    assertThat(requests).isLessThanOrEqualTo(100);
    assertThat(sim.store.workspace(SHOP).paused).isTrue();
    assertThat(sim.store.workspace(SHOP).cause).isEqualTo("refused");
    assertThat(a.engine().health().reasons())
        .anySatisfy(
            reason ->
                assertThat(reason).contains("(refused", "the destination refuses everything"));
    sim.world.runFor(Duration.ofMinutes(58));
    assertThat(sim.store.rejected).hasSize(rejected);

    shop.script = r -> Plan.accepted(LATENCY);
    assertThat(sim.drain(Duration.ofMinutes(5))).isTrue();
    sim.store.requeue(event -> true);
    assertThat(sim.drain(Duration.ofMinutes(1))).isTrue();
    assertThat(sim.deliveredEvents()).containsExactlyInAnyOrderElementsOf(events);
  }

  @Test
  void aRelayThatStartsInSuchAPauseRejectsNothing() {
    sim.commit(SHOP, 1_000);
    shop.script = r -> Plan.refused(LATENCY);
    Running first = sim.started(settings.named("a"), shop);
    sim.world.runFor(Duration.ofMinutes(1));
    assertThat(sim.stop(first, MINUTE)).isTrue();
    int rejected = sim.store.rejected.size();
    sim.started(settings.named("b"), shop);
    sim.world.runFor(Duration.ofMinutes(30));
    assertThat(sim.store.rejected).hasSize(rejected);
    shop.script = r -> Plan.accepted(LATENCY);
    assertThat(sim.drain(Duration.ofMinutes(3))).isTrue();
  }

  @Test
  void relaysThatShareSuchAPauseSendAgainSoonAfterTheDestinationAccepts() {
    sim.commit(SHOP, 3_000);
    shop.script = r -> Plan.refused(LATENCY);
    sim.started(settings.named("a"), shop);
    sim.started(settings.named("b"), shop);
    sim.world.runFor(Duration.ofSeconds(5));
    assertThat(sim.store.workspace(SHOP).paused).isTrue();
    shop.script = r -> Plan.accepted(LATENCY);
    assertThat(sim.drain(Duration.ofSeconds(20))).isTrue();
  }

  @Test
  void manyBadActionsOfOneCustomerAreThatCustomersFault() {
    Set<UUID> bad = new HashSet<>();
    for (int i = 0; i < 200; i++) {
      bad.add(sim.commit(SHOP, sim.action(sim.store.nextId(), "one customer")));
    }
    shop.script = r -> has(r, bad) ? Plan.refused(LATENCY) : Plan.accepted(LATENCY);
    sim.started(settings, shop);
    assertThat(sim.drain(MINUTE)).isTrue();
    assertThat(sim.store.rejected).hasSize(200);
    assertThat(sim.store.pauses).isZero();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 10, 50})
  void badActionsAmongGoodOnesNeverPauseTheWorkspace(int percent) {
    IntStream.range(0, SEEDS)
        .parallel()
        .forEach(
            seed -> {
              SimRelays world = new SimRelays(seed);
              SplittableRandom random = new SplittableRandom(seed);
              SimDestination server = world.destination(SHOP);
              Set<UUID> bad = new HashSet<>();
              for (UUID event : world.commit(SHOP, 100)) {
                if (random.nextInt(100) < percent) {
                  bad.add(event);
                }
              }
              server.script = r -> has(r, bad) ? Plan.refused(LATENCY) : Plan.accepted(LATENCY);
              world.started(settings.elements(25), server);
              assertThat(world.drain(Duration.ofMinutes(5))).as("seed %s", seed).isTrue();
              assertThat(world.store.pauses).as("seed %s", seed).isZero();
              assertThat(world.store.rejected).as("seed %s", seed).hasSameSizeAs(bad);
            });
  }
}
