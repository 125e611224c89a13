package io.durableoutbox.internal.relay;

import static org.assertj.core.api.Assertions.assertThat;

import io.durableoutbox.RelayEvent;
import io.durableoutbox.internal.relay.SimDestination.Plan;
import io.durableoutbox.internal.relay.SimDestination.Sent;
import io.durableoutbox.internal.relay.SimRelays.Running;
import io.durableoutbox.internal.relay.SimStore.Fault;
import io.durableoutbox.internal.relay.SimStore.Workspace;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** When nothing is sent to a workspace, and how that ends. */
class PauseTest {
  private static final String SHOP = "shop";
  private static final Duration LATENCY = Duration.ofMillis(50);
  private static final Duration LOOK = Duration.ofMillis(600);

  private final SimRelays sim = new SimRelays(42);
  private final SimSettings settings = SimSettings.small();
  private final SimDestination shop = sim.destination(SHOP);

  private Workspace state() {
    return sim.store.workspace(SHOP);
  }

  private void answer(Plan plan) {
    shop.script = request -> plan;
  }

  private void works() {
    answer(Plan.accepted(LATENCY));
  }

  private long count(Class<? extends RelayEvent> kind) {
    return sim.events.stream().filter(kind::isInstance).count();
  }

  // Shared by all relays

  @Test
  void anOutageCostsAHandfulOfRequestsHoweverManyRelaysAndActions() {
    sim.commit(SHOP, 5_000);
    answer(Plan.unavailable(LATENCY));
    sim.started(settings.named("a"), shop);
    sim.started(settings.named("b"), shop);
    sim.world.runFor(Duration.ofMinutes(10));
    // Those that were out together when it began, and then probes that get rarer.
    assertThat(shop.sent.size()).isBetween(8, 2 * settings.inFlight() + 30);
    works();
    assertThat(sim.drain(Duration.ofMinutes(3))).isTrue();
    assertThat(sim.store.rejected).isEmpty();
  }

  @Test
  void oneRequestOfAllRelaysIsTheProbe() {
    sim.commit(SHOP, 500);
    answer(Plan.unavailable(LATENCY));
    sim.started(settings.named("a"), shop);
    sim.started(settings.named("b"), shop);
    sim.world.runFor(Duration.ofSeconds(1));
    int before = shop.sent.size();
    answer(Plan.silent(false));
    int[] most = {0};
    sim.world.observe(() -> most[0] = Math.max(most[0], shop.inFlight()));
    sim.world.runFor(Duration.ofMinutes(10));
    assertThat(most[0]).isOne();
    assertThat(shop.sent.size()).isGreaterThan(before + 3);
  }

  @Test
  void theProbeIsOneRequestAndTheRateComesBackGradually() {
    sim.commit(SHOP, 1_000);
    answer(Plan.unavailable(LATENCY));
    sim.started(settings, shop);
    sim.world.runFor(Duration.ofSeconds(1));
    int before = shop.sent.size();
    works();
    int[] atOnce = {0};
    sim.world.runUntil(() -> shop.sent.size() > before, Duration.ofMinutes(2));
    assertThat(shop.inFlight()).isOne();
    assertThat(shop.sent.get(before).request().actions())
        .hasSizeLessThanOrEqualTo(settings.elements());
    sim.world.runUntil(
        () -> {
          atOnce[0] = Math.max(atOnce[0], shop.inFlight());
          return shop.sent.size() == before + 3;
        },
        Duration.ofMinutes(1));
    assertThat(atOnce[0]).isLessThanOrEqualTo(2);
    assertThat(sim.drain(Duration.ofMinutes(2))).isTrue();
    assertThat(shop.maxInFlight).isEqualTo(settings.inFlight());
  }

  @Test
  void aRelayThatDiesWithTheProbeIsFollowedByAnother() {
    sim.commit(SHOP, 10);
    answer(Plan.unavailable(LATENCY));
    Running first = sim.started(settings.named("a"), shop);
    sim.world.runFor(Duration.ofSeconds(1));
    answer(Plan.accepted(Duration.ofSeconds(10)));
    sim.world.runUntil(() -> state().probeId != null, Duration.ofMinutes(1));
    first.crash();
    sim.started(settings.named("b"), shop);
    works();
    assertThat(sim.drain(settings.lease().plusSeconds(70))).isTrue();
  }

  @Test
  void thePauseSaysSinceWhenUntilWhenWhyAndByWhom() {
    sim.commit(SHOP, 10);
    answer(Plan.unavailable(LATENCY));
    sim.started(settings, shop);
    sim.world.runFor(Duration.ofMillis(200));
    assertThat(state().paused).isTrue();
    assertThat(state().cause).isEqualTo("unavailable");
    assertThat(state().by).isEqualTo("relay-a");
    assertThat(state().failures).isOne();
    assertThat(state().until).isGreaterThan(sim.world.now());
    works();
    sim.drain(Duration.ofMinutes(1));
    sim.world.runFor(Duration.ofSeconds(1));
    assertThat(state().paused).isFalse();
    assertThat(state().probedOpenBy).isEqualTo("relay-a");
    assertThat(count(RelayEvent.Paused.class)).isPositive();
    assertThat(count(RelayEvent.Resumed.class)).isOne();
  }

  @Test
  void aPauseThatCantBeWrittenIsKeptByTheRelayItself() {
    sim.commit(SHOP, 1_000);
    sim.store.pauseFault = () -> Fault.BEFORE;
    answer(Plan.unavailable(LATENCY));
    sim.started(settings, shop);
    sim.world.runFor(Duration.ofMinutes(10));
    assertThat(state().paused).isFalse();
    assertThat(shop.sent.size()).isLessThan(100);
    works();
    assertThat(sim.drain(Duration.ofMinutes(3))).isTrue();
  }

  @Test
  void anEndOfThePauseThatCantBeWrittenComesWithTheProbesLease() {
    sim.commit(SHOP, 200);
    answer(Plan.unavailable(LATENCY));
    sim.started(settings, shop);
    sim.world.runFor(Duration.ofSeconds(1));
    sim.store.pauseFault = () -> Fault.BEFORE;
    works();
    sim.world.runUntil(() -> !sim.store.delivered.isEmpty(), Duration.ofMinutes(1));
    sim.world.runFor(Duration.ofSeconds(1));
    sim.store.pauseFault = () -> Fault.NONE;
    assertThat(sim.drain(settings.lease().plusSeconds(5))).isTrue();
  }

  // For how long

  @Test
  void whatTheServerAsksForIsWaited() {
    sim.commit(SHOP, 10);
    answer(Plan.rateLimited(LATENCY, Duration.ofSeconds(40)));
    sim.started(settings, shop);
    sim.world.runFor(Duration.ofSeconds(1));
    works();
    sim.world.runFor(Duration.ofSeconds(38));
    assertThat(shop.sent).hasSize(1);
    assertThat(sim.drain(Duration.ofSeconds(2))).isTrue();
  }

  @Test
  void aBrokenHeaderStopsItForTheLongestPauseAndNotForYears() {
    sim.commit(SHOP, 10);
    answer(Plan.rateLimited(LATENCY, Duration.ofDays(3_650)));
    sim.started(settings, shop);
    sim.world.runFor(Duration.ofSeconds(1));
    works();
    sim.world.runFor(SimSettings.MAX_RETRY_AFTER.minusSeconds(5));
    assertThat(shop.sent).hasSize(1);
    assertThat(sim.drain(Duration.ofSeconds(6))).isTrue();
  }

  @Test
  void aServerThatAsksForNoWaitIsNotHammered() {
    sim.commit(SHOP, 10);
    answer(Plan.rateLimited(LATENCY, Duration.ZERO));
    sim.started(settings, shop);
    sim.world.runFor(Duration.ofSeconds(60));
    assertThat(shop.sent.size()).isLessThanOrEqualTo(61);
  }

  @Test
  void aLongerWaitThatAnotherAnswerAsksForIsRespected() {
    sim.commit(SHOP, 100);
    shop.script =
        request ->
            shop.sent.isEmpty()
                ? Plan.rateLimited(LATENCY, Duration.ofSeconds(5))
                : Plan.rateLimited(LATENCY.multipliedBy(2), Duration.ofSeconds(90));
    sim.started(settings, shop);
    sim.world.runFor(Duration.ofSeconds(1));
    int before = shop.sent.size();
    works();
    sim.world.runFor(Duration.ofSeconds(85));
    assertThat(shop.sent).hasSize(before);
    assertThat(sim.drain(Duration.ofSeconds(20))).isTrue();
  }

  @Test
  void wakingDoesNotEndAPauseNorAskTheStoreMore() {
    sim.commit(SHOP, 10);
    answer(Plan.rateLimited(LATENCY, Duration.ofSeconds(60)));
    Running relay = sim.started(settings, shop);
    sim.world.runFor(Duration.ofSeconds(1));
    int claims = sim.store.claims.size();
    for (int i = 0; i < 100; i++) {
      relay.engine().wakeUp();
      sim.world.runFor(Duration.ofMillis(10));
    }
    assertThat(sim.store.claims.size()).isLessThanOrEqualTo(claims + 3);
    assertThat(shop.sent).hasSize(1);
  }

  // Wrong credentials

  @Test
  void wrongCredentialsAreTriedMoreAndMoreRarely() {
    sim.commit(SHOP, 100);
    answer(Plan.misconfigured(LATENCY));
    sim.started(settings.inFlight(1), shop);
    sim.world.runFor(SimSettings.RETRY_MAX.multipliedBy(20));
    assertThat(shop.sent.size()).isBetween(20, 60);
    int before = shop.sent.size();
    sim.world.runFor(SimSettings.RETRY_MAX.multipliedBy(20));
    assertThat(shop.sent.size() - before).isBetween(20, 50);
    assertThat(sim.store.rejected).isEmpty();
  }

  @Test
  void oneWrongAnswerWaitsLikeAnyFailure() {
    List<UUID> events = sim.commit(SHOP, 10);
    shop.script =
        request -> shop.sent.isEmpty() ? Plan.misconfigured(LATENCY) : Plan.accepted(LATENCY);
    sim.started(settings, shop);
    assertThat(sim.drain(Duration.ofSeconds(4))).isTrue();
    assertThat(sim.deliveredEvents()).containsExactlyInAnyOrderElementsOf(events);
  }

  @Test
  void otherCredentialsAreTriedAtTheNextLook() {
    sim.commit(SHOP, 100);
    answer(Plan.misconfigured(LATENCY));
    sim.started(settings, shop);
    sim.world.runFor(Duration.ofSeconds(2));
    works();
    shop.credentialsRefused = false;
    assertThat(sim.drain(LOOK.plusSeconds(2))).isTrue();
  }

  @Test
  void aRelayWithWrongCredentialsLeavesTheWorkToTheOneWithRightOnes() {
    SimDestination wrong = sim.destination(SHOP);
    wrong.script = request -> Plan.misconfigured(LATENCY);
    List<UUID> events = sim.commit(SHOP, 100);
    Running left = sim.started(settings.named("wrong"), wrong);
    sim.world.runFor(Duration.ofSeconds(1));
    sim.started(settings.named("right"), shop);
    assertThat(sim.drain(Duration.ofMinutes(3))).isTrue();
    int before = wrong.sent.size();
    for (int i = 0; i < 20; i++) {
      events.addAll(sim.commit(SHOP, 50));
      assertThat(sim.drain(Duration.ofSeconds(3))).isTrue();
      left.engine().wakeUp();
    }
    assertThat(sim.deliveredEvents()).containsExactlyInAnyOrderElementsOf(events);
    assertThat(wrong.sent.size()).isLessThanOrEqualTo(before + 2);
  }

  // By hand

  @Test
  void whatAPersonPausedIsNeitherClaimedNorProbed() {
    sim.commit(SHOP, 100);
    Workspace state = state();
    state.paused = true;
    state.by = "anna";
    sim.started(settings, shop);
    sim.world.runFor(Duration.ofHours(3));
    assertThat(shop.sent).isEmpty();
    state.paused = false;
    assertThat(sim.drain(LOOK.plusSeconds(1))).isTrue();
  }

  @Test
  void aFailureOfWhatWasOutLeavesAPersonsPauseAsItIs() {
    sim.commit(SHOP, 10);
    answer(Plan.unavailable(Duration.ofSeconds(5)));
    sim.started(settings, shop);
    sim.world.runFor(Duration.ofSeconds(2));
    Workspace state = state();
    state.paused = true;
    state.by = "anna";
    sim.world.runFor(Duration.ofMinutes(30));
    assertThat(state.until).isNull();
    assertThat(state.by).isEqualTo("anna");
    assertThat(shop.sent).hasSize(1);
  }

  @Test
  void endingAPauseByHandIsSeenAtTheNextLook() {
    sim.commit(SHOP, 10);
    answer(Plan.rateLimited(LATENCY, Duration.ofMinutes(10)));
    sim.started(settings, shop);
    sim.world.runFor(Duration.ofSeconds(1));
    works();
    Workspace state = state();
    state.paused = false;
    state.until = null;
    assertThat(sim.drain(LOOK.plusSeconds(1))).isTrue();
  }

  @Test
  void aPausedWorkspaceDelaysNoOther() {
    SimDestination other = sim.destination("other");
    answer(Plan.silent(false));
    sim.commit(SHOP, 1_000);
    List<UUID> events = sim.commit("other", 1_000);
    sim.started(settings, shop, other);
    sim.world.runUntil(() -> sim.store.delivered.size() == 1_000, Duration.ofSeconds(10));
    assertThat(sim.deliveredEvents()).containsExactlyInAnyOrderElementsOf(events);
    // 100 requests of 50 ms, 4 at a time.
    assertThat(sim.world.time()).isLessThan(Duration.ofSeconds(2));
    assertThat(other.sent).extracting(Sent::request).hasSize(100);
  }
}
