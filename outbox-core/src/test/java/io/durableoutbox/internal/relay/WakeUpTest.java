package io.durableoutbox.internal.relay;

import static org.assertj.core.api.Assertions.assertThat;

import io.durableoutbox.RelayEvent;
import io.durableoutbox.RelayHealth;
import io.durableoutbox.internal.relay.SimDestination.Plan;
import io.durableoutbox.internal.relay.SimRelays.Running;
import java.time.Duration;
import java.util.SplittableRandom;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;

/** How a relay polls beside a source of wake-ups, in virtual time. */
class WakeUpTest {
  private static final String SHOP = "shop";
  private static final Duration SLOWER = Duration.ofSeconds(5);
  // A poll interval, a claim, and the destination's answer.
  private static final Duration ONE_POLL = Duration.ofMillis(500 + 60);

  private final SimRelays sim = new SimRelays(7);
  private final SimDestination shop = sim.destination(SHOP);
  private boolean up = true;

  private Running started(BooleanSupplier isUp) {
    Running relay = sim.relay(SimSettings.small(), shop);
    relay.engine().wokenWhile(isUp, SLOWER);
    relay.engine().start();
    return relay;
  }

  private long claims() {
    return sim.events.stream().filter(RelayEvent.Claimed.class::isInstance).count();
  }

  @Test
  void pollingSlowsDownWhileTheSourceIsUpAndSpeedsUpWhenItIsLost() {
    Running relay = started(() -> up);
    sim.world.runFor(Duration.ofMinutes(1));
    assertThat(claims()).isBetween(11L, 15L);

    up = false;
    relay.engine().wakeUp();
    sim.events.clear();
    sim.world.runFor(Duration.ofMinutes(1));
    assertThat(claims()).isBetween(105L, 135L);

    up = true;
    relay.engine().wakeUp();
    sim.events.clear();
    sim.world.runFor(Duration.ofMinutes(1));
    assertThat(claims()).isBetween(11L, 15L);
  }

  @Test
  void aSignalIsFollowedAtOnce() {
    Running relay = started(() -> up);
    sim.world.runFor(Duration.ofSeconds(12));
    sim.commit(SHOP, 3);
    relay.engine().wakeUp();
    assertThat(sim.drain(Duration.ofMillis(60))).isTrue();
  }

  @Test
  void whatWasMissedWhileTheSourceWasSilentlyDeadLeavesAtOnceWhenThatIsNoticed() {
    Running relay = started(() -> up);
    sim.world.runFor(Duration.ofSeconds(12));
    sim.commit(SHOP, 3);
    up = false;
    relay.engine().wakeUp();
    assertThat(sim.drain(Duration.ofMillis(60))).isTrue();
  }

  @Test
  void onceALossIsNoticedNothingWaitsLongerThanForAPoll() {
    SplittableRandom random = new SplittableRandom(1);
    Running relay = started(() -> up);
    for (int round = 0; round < 200; round++) {
      sim.world.runFor(Duration.ofMillis(random.nextInt(6_000)));
      up = false;
      relay.engine().wakeUp();
      sim.world.runFor(Duration.ofMillis(random.nextInt(1_500)));
      sim.commit(SHOP, 1);
      assertThat(sim.drain(ONE_POLL)).as("round %s", round).isTrue();
      up = true;
      relay.engine().wakeUp();
    }
  }

  @Test
  void aMissedSignalWaitsForTheSlowerPollAtMost() {
    started(() -> up);
    for (int round = 0; round < 50; round++) {
      sim.world.runFor(Duration.ofMillis(137));
      sim.commit(SHOP, 1);
      assertThat(sim.drain(SLOWER.plus(ONE_POLL))).isTrue();
    }
  }

  @Test
  void whenAnswersAreSlowWakeUpsGatherInsteadOfMakingManySmallRequests() {
    shop.script = request -> Plan.accepted(Duration.ofSeconds(1));
    Running relay = sim.started(SimSettings.small().elements(100), shop);
    for (int i = 0; i < 400; i++) {
      sim.commit(SHOP, 1);
      relay.engine().wakeUp();
      sim.world.runFor(Duration.ofMillis(50));
    }
    // 4 at once, a second each: of one action each they would fall behind by 16 a second.
    assertThat(sim.store.pending()).isLessThan(60);
    assertThat(sim.drain(Duration.ofMillis(2_500))).isTrue();
  }

  @Test
  void aSourceThatFailsIsNotUp() {
    started(
        () -> {
          throw new IllegalStateException("broken");
        });
    sim.world.runFor(Duration.ofMinutes(1));
    assertThat(claims()).isBetween(105L, 135L);
  }

  @Test
  void healthTellsThatNothingWakesTheRelay() {
    Running relay = started(() -> up);
    sim.world.runFor(Duration.ofSeconds(1));
    assertThat(relay.engine().health().reasons()).isEmpty();
    up = false;
    RelayHealth health = relay.engine().health();
    assertThat(health.status()).isEqualTo(RelayHealth.Status.UP);
    assertThat(health.reasons())
        .singleElement()
        .asString()
        .contains("nothing wakes this relay, so it polls every PT0.5S");
  }
}
