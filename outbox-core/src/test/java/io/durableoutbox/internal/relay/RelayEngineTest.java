package io.durableoutbox.internal.relay;

import static org.assertj.core.api.Assertions.assertThat;

import io.durableoutbox.internal.relay.SimDestination.Behaviour;
import io.durableoutbox.internal.relay.SimStore.Failure;
import io.durableoutbox.spi.ClaimedAction;
import io.durableoutbox.spi.Destination;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** The relay's decisions, step by step, in simulated time. */
class RelayEngineTest {
  private static final Duration LEASE = Duration.ofSeconds(30);

  private final SimScheduler.Time time = new SimScheduler.Time();
  private final SimScheduler.Life process = new SimScheduler.Life();
  private final SimStore store = new SimStore(time);
  private final SimDestination destination = new SimDestination("default", time);
  private int lastId;

  private RelayEngine engine(Destination... destinations) {
    RelaySettings settings =
        new RelaySettings(
            "relay-1",
            Duration.ofMillis(500),
            LEASE,
            4,
            100,
            1_000,
            1_000_000,
            Duration.ofMillis(100),
            Duration.ofSeconds(10));
    return new RelayEngine(
        settings,
        store,
        List.of(destinations),
        new SimScheduler(time, process, () -> 100_000),
        () -> java.time.Instant.ofEpochMilli(time.now() / 1_000_000),
        new Random(42));
  }

  private void write(int n) {
    write("default", n);
  }

  private void write(String workspace, int n) {
    for (int i = 0; i < n; i++) {
      lastId++;
      store.add(workspace, Claimed.of(lastId, "user-" + lastId, null, null, Claimed.CONTEXT));
    }
  }

  private void run(int millis) {
    time.run(Duration.ofMillis(millis));
  }

  @Test
  void allIsDeliveredInFullRequestsWithSeveralInFlight() {
    write(2_050);
    destination.latencyNanos = () -> 50_000_000;
    engine(destination).start();
    run(2_000);
    assertThat(store.delivered).hasSize(2_050).doesNotHaveDuplicates();
    assertThat(destination.maxInFlight).isEqualTo(4);
    assertThat(destination.requestSizes).hasSize(21).filteredOn(n -> n == 100).hasSize(20);
  }

  @Test
  void whatIsHeldIsBoundedWhateverTheBacklog() {
    write(20_000);
    destination.behaviour = request -> Behaviour.NEVER_ANSWER;
    engine(destination).start();
    run(4_000);
    long held = store.outbox.values().stream().filter(r -> r.claimId != null).count();
    assertThat(held).isEqualTo(800);
  }

  @Test
  void anUnavailableDestinationPausesTheLaneAndOneRequestProbesIt() {
    write(1_000);
    destination.behaviour = request -> Behaviour.UNAVAILABLE;
    engine(destination).start();
    run(30_000);
    int firstBurst = 4;
    // Doubling from 0.1 s to 10 s with jitter: a handful in half a minute, and never two together.
    assertThat(destination.requestSizes.size()).isBetween(firstBurst + 3, firstBurst + 25);
    destination.behaviour = request -> Behaviour.ACCEPT;
    run(25_000);
    assertThat(store.delivered).hasSize(1_000).doesNotHaveDuplicates();
    assertThat(store.rejected).isEmpty();
  }

  @Test
  void aRefusalSetsItsRowsBackAndTheLaneGoesOn() {
    write(200);
    destination.behaviour =
        request ->
            request.actions().stream().anyMatch(a -> a.id() == 7)
                ? Behaviour.REFUSE
                : Behaviour.ACCEPT;
    engine(destination).start();
    run(50);
    assertThat(store.delivered).hasSize(100);
    assertThat(store.row(7).refusals).isEqualTo(1);
    write(50);
    run(600);
    assertThat(store.delivered.size()).isGreaterThanOrEqualTo(150);
  }

  @Test
  void anAnswerThatNeverComesIsUnknownAfterTheCallTimeoutAndTheActionsGoOutAgain() {
    write(10);
    AtomicBoolean first = new AtomicBoolean(true);
    destination.behaviour =
        request -> first.getAndSet(false) ? Behaviour.NEVER_ANSWER : Behaviour.ACCEPT;
    engine(destination).start();
    run(5_000);
    assertThat(store.delivered).isEmpty();
    run(5_000);
    assertThat(store.delivered).hasSize(10);
  }

  @Test
  void aDestinationThatThrowsIsAsOneThatDoesNotAnswer() {
    write(10);
    AtomicBoolean first = new AtomicBoolean(true);
    destination.behaviour = request -> first.getAndSet(false) ? Behaviour.THROW : Behaviour.ACCEPT;
    engine(destination).start();
    run(2_000);
    assertThat(store.delivered).hasSize(10);
  }

  @Test
  void aLostAnswerRepeatsTheSameUuids() {
    write(10);
    AtomicBoolean first = new AtomicBoolean(true);
    destination.behaviour =
        request -> first.getAndSet(false) ? Behaviour.ACCEPT_AND_LOSE_THE_ANSWER : Behaviour.ACCEPT;
    engine(destination).start();
    run(2_000);
    assertThat(destination.accepted)
        .hasSize(10)
        .allSatisfy((uuid, n) -> assertThat(n).isEqualTo(2));
    assertThat(store.delivered).hasSize(10).doesNotHaveDuplicates();
  }

  @Test
  void aRequestDoesNotLeaveWithALeaseThatIsTooShort() {
    write(2_000);
    // Each answer takes nearly the call timeout, so what was claimed ahead waits until its lease is
    // short.
    destination.latencyNanos = () -> 4_900_000_000L;
    engine(destination).start();
    run(200_000);
    assertThat(store.delivered).hasSize(2_000).doesNotHaveDuplicates();
    assertThat(destination.accepted).allSatisfy((uuid, n) -> assertThat(n).isEqualTo(1));
  }

  @Test
  void anOutcomeThatCantBeWrittenIsKeptAndNothingIsSentAgain() {
    write(100);
    AtomicInteger calls = new AtomicInteger();
    store.failing = () -> calls.incrementAndGet() > 1 ? Failure.BEFORE : Failure.NONE;
    engine(destination).start();
    run(20_000);
    assertThat(store.delivered).isEmpty();
    store.failing = () -> Failure.NONE;
    run(11_000);
    assertThat(store.delivered).hasSize(100);
    assertThat(destination.accepted).allSatisfy((uuid, n) -> assertThat(n).isEqualTo(1));
  }

  @Test
  void aDeliveryIsRememberedBeyondItsLeaseAndWrittenBeforeAnythingIsClaimed() {
    write(100);
    AtomicInteger calls = new AtomicInteger();
    store.failing = () -> calls.incrementAndGet() > 1 ? Failure.BEFORE : Failure.NONE;
    engine(destination).start();
    run(60_000);
    store.failing = () -> Failure.NONE;
    run(11_000);
    assertThat(store.delivered).hasSize(100).doesNotHaveDuplicates();
  }

  @Test
  void aClaimThatFailsIsTriedAgainLaterAndLater() {
    write(10);
    store.failing = () -> Failure.BEFORE;
    engine(destination).start();
    run(10_000);
    assertThat(store.claims).isBetween(5, 30);
    store.failing = () -> Failure.NONE;
    run(11_000);
    assertThat(store.delivered).hasSize(10);
  }

  @Test
  void anIdleRelayAsksOncePerPollIntervalGiveOrTakeATenth() {
    engine(destination).start();
    run(60_000);
    assertThat(store.claims).isBetween(109, 134);
    assertThat(store.settles).isZero();
  }

  @Test
  void aSignalClaimsAtOnce() {
    RelayEngine engine = engine(destination);
    engine.start();
    run(10);
    write(1);
    engine.wakeUp();
    run(5);
    assertThat(store.delivered).hasSize(1);
  }

  @Test
  void stoppingGivesBackAtOnceWhatHasNotLeftAndWaitsForTheRest() {
    write(2_000);
    destination.latencyNanos = () -> 1_000_000_000;
    RelayEngine engine = engine(destination);
    engine.start();
    run(100);
    AtomicBoolean stopped = new AtomicBoolean();
    engine.stop(() -> stopped.set(true));
    run(100);
    assertThat(stopped).isFalse();
    assertThat(store.outbox.values().stream().filter(r -> r.claimId != null)).hasSize(400);
    run(1_000);
    assertThat(stopped).isTrue();
    assertThat(store.delivered).hasSize(400);
    assertThat(store.outbox.values()).allMatch(r -> r.claimId == null && r.attempts == 0);
    run(60_000);
    assertThat(store.delivered).hasSize(400);
  }

  @Test
  void aWorkspaceThatFailsDelaysNoOther() {
    SimDestination other = new SimDestination("other", time);
    write(1_000);
    write("other", 1_000);
    destination.behaviour = request -> Behaviour.NEVER_ANSWER;
    engine(destination, other).start();
    run(200);
    assertThat(other.accepted).hasSize(1_000);
    assertThat(store.delivered).hasSize(1_000);
  }

  @Test
  void aRowThatCantBeSentIsRejectedAndTheOthersGo() {
    write(3);
    ClaimedAction good = store.row(2).action;
    store.outbox.put(
        2L,
        new SimStore.Row(
            new ClaimedAction(
                2,
                good.eventUuid(),
                "user-2",
                null,
                null,
                good.action(),
                1725258666,
                "web",
                "{}",
                false,
                1,
                300),
            "default"));
    engine(destination).start();
    run(100);
    assertThat(store.delivered).hasSize(2);
    assertThat(store.rejected).containsExactly(good.eventUuid());
    assertThat(store.reasons)
        .containsExactly(
            "attributes.cid: is missing; pass the whole experience_context of the fetch response");
  }

  @Test
  void oneRunClaimsOnceSettlesAllAndEnds() {
    write(1_000);
    AtomicBoolean done = new AtomicBoolean();
    RelayEngine engine = engine(destination);
    engine.runOnce(() -> done.set(true));
    run(1_000);
    assertThat(done).isTrue();
    assertThat(store.claims).isEqualTo(1);
    assertThat(store.delivered).hasSize(400);
    assertThat(engine.counters().delivered()).isEqualTo(400);
  }
}
