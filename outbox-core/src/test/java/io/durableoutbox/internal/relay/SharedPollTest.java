package io.durableoutbox.internal.relay;

import static org.assertj.core.api.Assertions.assertThat;

import io.durableoutbox.RelayHealth.Status;
import io.durableoutbox.internal.relay.SimDestination.Plan;
import io.durableoutbox.internal.relay.SimRelays.Running;
import io.durableoutbox.internal.relay.SimStore.Fault;
import java.time.Duration;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** How a relay of many workspaces looks for what waits, in virtual time. */
class SharedPollTest {
  private static final Duration LATENCY = Duration.ofMillis(50);
  // A poll interval, a look, a claim, and the destination's answer.
  private static final Duration ONE_POLL = Duration.ofMillis(500 + 70);

  private final SimRelays sim = new SimRelays(7);
  private final SimSettings settings = SimSettings.small();

  private SimDestination[] workspaces(int n) {
    SimDestination[] workspaces = new SimDestination[n];
    for (int i = 0; i < n; i++) {
      workspaces[i] = sim.destination("w" + i);
      workspaces[i].script = request -> Plan.accepted(LATENCY);
    }
    return workspaces;
  }

  /** Starts a relay, and lets each poller claim once and rest. */
  private Running rested(SimDestination... workspaces) {
    Running relay = sim.started(settings, workspaces);
    sim.world.runFor(Duration.ofSeconds(4));
    sim.store.claims.clear();
    sim.store.looks = 0;
    return relay;
  }

  @Test
  void aThousandIdleWorkspacesShareOneLookForEachPoll() {
    rested(workspaces(1_000));
    sim.world.runFor(Duration.ofSeconds(20));
    assertThat(sim.store.claims).isEmpty();
    // And one for workspaces that nobody serves.
    assertThat(sim.store.looks).isBetween(40, 43);
    sim.world.runFor(Duration.ofMinutes(9).plusSeconds(40));
    assertThat(sim.store.claims.size() / 600).as("claims a second").isBetween(16, 30);
  }

  @Test
  void fourWorkspacesPollEachForItself() {
    rested(workspaces(SharedPoll.MOST_OWN_POLLS));
    sim.world.runFor(Duration.ofSeconds(50));
    assertThat(sim.store.claims).hasSizeBetween(400, 420);
    assertThat(sim.store.looks).as("for workspaces that nobody serves").isOne();
  }

  @Test
  void whatNobodyAnnouncesLeavesWithinAPoll() {
    SplittableRandom random = new SplittableRandom(1);
    rested(workspaces(20));
    for (int round = 0; round < 300; round++) {
      sim.world.runFor(Duration.ofMillis(random.nextInt(3_000)));
      sim.commit("w" + random.nextInt(20), 1);
      assertThat(sim.drain(ONE_POLL)).as("round %s", round).isTrue();
    }
  }

  @Test
  void aWakeUpLooksAtOnceAndOnlyTheLaneThatHasSomethingClaims() {
    Running relay = rested(workspaces(100));
    sim.commit("w42", 3);
    relay.engine().wakeUp();
    assertThat(sim.drain(Duration.ofMillis(60))).isTrue();
    assertThat(sim.store.claims)
        .isNotEmpty()
        .allSatisfy(claim -> assertThat(claim.spec().workspace()).isEqualTo("w42"));
  }

  @Test
  void aWakeUpDuringALookLooksAgainAfterIt() {
    Running relay = rested(workspaces(100));
    sim.storeDelay = () -> Duration.ofMillis(100);
    relay.engine().wakeUp();
    // The look has looked already, and its empty answer is on its way.
    sim.world.runFor(Duration.ofMillis(150));
    sim.commit("w42", 1);
    relay.engine().wakeUp();
    assertThat(sim.drain(Duration.ofMillis(50 + 200 + 200 + 50 + 210))).isTrue();
  }

  @Test
  void whatADeadRelayHeldIsClaimedWhenItsLeaseHasEnded() {
    SimDestination[] dying = workspaces(10);
    for (SimDestination workspace : dying) {
      workspace.script = request -> Plan.silent(false);
    }
    Running dead = sim.started(settings, dying);
    sim.commit("w3", 10);
    dead.engine().wakeUp();
    sim.world.runFor(Duration.ofSeconds(1));
    assertThat(sim.store.held("w3")).isEqualTo(10);
    dead.crash();
    sim.started(settings.named("relay-b"), workspaces(10));
    sim.world.runFor(Duration.ofSeconds(57));
    assertThat(sim.store.pending()).isEqualTo(10);
    assertThat(sim.drain(Duration.ofSeconds(3))).isTrue();
  }

  @Test
  void lanesClaimForThemselvesWhileTheLookFails() {
    rested(workspaces(10));
    sim.store.lookFault = () -> Fault.BEFORE;
    sim.world.runFor(Duration.ofSeconds(2));
    for (int round = 0; round < 30; round++) {
      sim.world.runFor(Duration.ofMillis(1_370));
      sim.commit("w" + round % 10, 1);
      assertThat(sim.drain(ONE_POLL)).as("round %s", round).isTrue();
    }
    sim.store.lookFault = () -> Fault.NONE;
    sim.world.runFor(Duration.ofMinutes(2));
    sim.store.claims.clear();
    sim.world.runFor(Duration.ofSeconds(20));
    assertThat(sim.store.claims).as("shared again").hasSizeLessThan(10);
  }

  @Test
  void lanesClaimForThemselvesWhileTheLookIsDear() {
    rested(workspaces(10));
    int[] looks = {0};
    sim.store.lookFault =
        () -> {
          looks[0]++;
          return Fault.NONE;
        };
    sim.storeDelay = () -> looks[0] == 0 ? Duration.ofMillis(10) : Duration.ofMillis(2_500);
    sim.world.runUntil(() -> looks[0] == 1, Duration.ofSeconds(2));
    sim.world.runFor(Duration.ofSeconds(3));
    sim.storeDelay = () -> Duration.ofMillis(1);
    sim.world.runFor(Duration.ofSeconds(3));
    sim.store.claims.clear();
    sim.world.runFor(Duration.ofSeconds(10));
    assertThat(sim.store.claims).hasSizeBetween(195, 215);
  }

  @Test
  void beyondWhatALookCanNameEachLaneClaims() {
    sim.world.after(
        Duration.ofSeconds(3),
        () -> {
          for (int i = 0; i < 1_000; i++) {
            sim.commit("a" + i, 1);
          }
        });
    rested(workspaces(10));
    sim.commit("w5", 1);
    assertThat(sim.world.runUntil(() -> sim.store.delivered.size() == 1, ONE_POLL)).isTrue();
  }

  @Test
  void aPauseOfAnIdleWorkspaceIsKnownWithinAMinute() {
    Running relay = rested(workspaces(10));
    sim.store.pauseByHand("w7", null);
    sim.world.runFor(WorkspacePoller.OWN_POLL);
    assertThat(relay.engine().health().status()).isEqualTo(Status.PAUSED);
  }

  @Test
  void aStoppedRelayLooksNoMore() {
    Running relay = rested(workspaces(10));
    assertThat(sim.stop(relay, Duration.ofSeconds(1))).isTrue();
    sim.store.looks = 0;
    relay.engine().wakeUp();
    sim.world.runFor(Duration.ofMinutes(5));
    assertThat(sim.store.looks).isZero();
    assertThat(sim.store.claims).isEmpty();
  }
}
