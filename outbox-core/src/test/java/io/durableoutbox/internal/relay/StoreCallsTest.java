package io.durableoutbox.internal.relay;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import io.durableoutbox.RelayEvent;
import io.durableoutbox.RelayHealth.Status;
import io.durableoutbox.internal.relay.SimDestination.Plan;
import io.durableoutbox.internal.relay.SimRelays.Running;
import io.durableoutbox.internal.relay.SimStore.Fault;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Calls of the store that hang, without an exception, in virtual time. */
class StoreCallsTest {
  private static final String SHOP = "shop";
  private static final Duration LATENCY = Duration.ofMillis(50);
  private static final Duration HANG = Duration.ofMinutes(5);

  private final SimRelays sim = new SimRelays(42);
  private final SimSettings settings = SimSettings.small();
  private final SimDestination shop = sim.destination(SHOP);
  private final LogRecorder log = new LogRecorder();

  @AfterEach
  void stopRecording() {
    log.close();
  }

  /** Has each half of a call that begins now take longer than anybody waits. */
  private void hang() {
    sim.storeDelay = () -> HANG;
  }

  private void heal() {
    sim.storeDelay = () -> Duration.ofMillis(1);
  }

  private List<String> reasons(Running relay) {
    return relay.engine().health().reasons();
  }

  @Test
  void aClaimThatHangsIsDownAfterHalfAMinuteWithItsStepAndAWayOut() {
    hang();
    Running relay = sim.started(settings, shop);
    sim.world.runFor(Duration.ofSeconds(29));
    assertThat(relay.engine().health().status()).isEqualTo(Status.UP);
    sim.world.runFor(Duration.ofSeconds(2));
    assertThat(relay.engine().health().status()).isEqualTo(Status.DOWN);
    assertThat(reasons(relay).get(0))
        .isEqualTo(
            "the database has not answered for 31 s (claim of workspace shop); look for sessions"
                + " that hold locks in the database and at the network to it, and set the driver's"
                + " socketTimeout, so that such a call ends by itself");
  }

  @Test
  void aClaimThatHangsIsInTheLogWithinAMinuteAndToldOnce() {
    hang();
    sim.started(settings, shop);
    sim.world.runFor(Duration.ofSeconds(50));
    // The second one is the look for workspaces that nobody serves.
    assertThat(log.lines(Level.WARN)).hasSize(2);
    assertThat(log.lines(Level.WARN).get(0))
        .startsWith("Relay relay-a waits: the database has not answered for 3")
        .contains(" s (claim of workspace shop); look for sessions that hold locks");
    sim.world.runFor(Duration.ofMinutes(2));
    assertThat(log.lines(Level.WARN)).as("again each minute").hasSize(6);
    assertThat(told()).containsExactly("claim", "look");
  }

  private List<String> told() {
    return sim.events.stream()
        .filter(RelayEvent.Failed.class::isInstance)
        .map(e -> ((RelayEvent.Failed) e).step())
        .toList();
  }

  @Test
  void outcomesThatHangAreToldLikewise() {
    Running relay = sim.started(settings, shop);
    sim.world.runFor(Duration.ofSeconds(10));
    sim.commit(SHOP, 1);
    shop.script =
        request -> {
          hang();
          return Plan.accepted(LATENCY);
        };
    sim.world.runFor(Duration.ofSeconds(40));
    assertThat(reasons(relay)).anyMatch(reason -> reason.contains(" s (settle); look"));
  }

  @Test
  void aPauseThatHangsIsToldLikewise() {
    Running relay = sim.started(settings, shop);
    sim.world.runFor(Duration.ofSeconds(10));
    sim.commit(SHOP, 1);
    shop.script =
        request -> {
          hang();
          return Plan.unavailable(LATENCY);
        };
    sim.world.runFor(Duration.ofSeconds(40));
    assertThat(reasons(relay))
        .anyMatch(reason -> reason.contains(" s (pause of workspace shop); look"));
  }

  @Test
  void allGoesOnWhenBothCallsThatHangAreAnswered() {
    hang();
    Running relay = sim.started(settings, shop);
    sim.world.runFor(Duration.ofSeconds(20));
    List<UUID> events = sim.commit(SHOP, 100);
    sim.world.runFor(Duration.ofMinutes(2));
    heal();
    assertThat(sim.drain(HANG)).isTrue();
    assertThat(sim.deliveredEvents()).containsExactlyInAnyOrderElementsOf(events);
    assertThat(relay.engine().health().status()).isEqualTo(Status.UP);
    assertThat(log.lines(Level.INFO))
        .anyMatch(
            line -> line.matches("The database has answered relay relay-a after 30\\d s.*claim.*"));
  }

  @Test
  void allGoesOnWhenBothCallsThatHangFail() {
    hang();
    sim.store.claimFault =
        spec -> sim.world.time().compareTo(HANG.plusSeconds(1)) < 0 ? Fault.BEFORE : Fault.NONE;
    Running relay = sim.started(settings, shop);
    sim.world.runFor(Duration.ofSeconds(20));
    List<UUID> events = sim.commit(SHOP, 100);
    sim.world.runFor(Duration.ofMinutes(2));
    heal();
    assertThat(sim.drain(HANG.plus(SimSettings.RETRY_MAX))).isTrue();
    assertThat(sim.deliveredEvents()).containsExactlyInAnyOrderElementsOf(events);
    sim.world.runFor(SimSettings.RETRY_MAX);
    assertThat(relay.engine().health().status()).isEqualTo(Status.UP);
  }

  @Test
  void whatAClaimBringsAfterItsLeaseIsNotSent() {
    List<UUID> events = sim.commit(SHOP, 10);
    // The claim commits, and its answer is on its way for five minutes.
    int[] halves = {0};
    sim.storeDelay = () -> halves[0]++ == 1 ? HANG : Duration.ofMillis(1);
    Running late = sim.started(settings, shop);
    sim.world.runFor(Duration.ofSeconds(5));
    assertThat(sim.store.held(SHOP)).isEqualTo(10);
    SimDestination others = sim.destination(SHOP);
    sim.started(settings.named("relay-b"), others);
    assertThat(sim.drain(settings.lease().plusSeconds(2))).isTrue();
    assertThat(sim.deliveredEvents()).containsExactlyInAnyOrderElementsOf(events);
    sim.world.runFor(HANG);
    assertThat(shop.sent).isEmpty();
    assertThat(late.engine().counters().claimed()).isEqualTo(10);
    assertThat(late.engine().health().status()).isEqualTo(Status.UP);
  }

  @Test
  void callsThatWaitForTheirTurnDoNotCountAsHanging() {
    // 200 workspaces of 400 ms, two at a time: the last waits for 40 s, and nothing hangs.
    sim.storeDelay = () -> Duration.ofMillis(200);
    SimDestination[] many = new SimDestination[200];
    for (int i = 0; i < many.length; i++) {
      many[i] = sim.destination("w" + i);
    }
    Running relay = sim.started(settings, many);
    for (int i = 0; i < 60; i++) {
      sim.world.runFor(Duration.ofSeconds(1));
      assertThat(relay.engine().health().status()).isEqualTo(Status.UP);
    }
  }
}
