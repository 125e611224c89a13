package io.durableoutbox.internal.relay;

import static org.assertj.core.api.Assertions.assertThat;

import io.durableoutbox.Samples;
import io.durableoutbox.destination.Request;
import io.durableoutbox.internal.relay.SimDestination.Plan;
import io.durableoutbox.internal.relay.SimDestination.Sent;
import io.durableoutbox.internal.relay.SimRelays.Running;
import io.durableoutbox.internal.relay.SimStore.Fault;
import io.durableoutbox.store.Disposition;
import io.durableoutbox.store.Settlement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What a relay does, in virtual time. */
class RelayEngineTest {
  private static final String SHOP = "shop";
  private static final Duration LATENCY = Duration.ofMillis(50);

  private final SimRelays sim = new SimRelays(42);
  private final SimSettings settings = SimSettings.small();
  private final SimDestination shop = sim.destination(SHOP);

  // Delivering

  @Test
  void allIsDeliveredInRequestsWithinTheirBounds() {
    List<UUID> events = sim.commit(SHOP, 1_234);
    Running relay = sim.started(settings, shop);

    assertThat(sim.drain(Duration.ofMinutes(1))).isTrue();
    assertThat(sim.deliveredEvents()).containsExactlyInAnyOrderElementsOf(events);
    assertThat(shop.taken).hasSize(1_234).allSatisfy((event, times) -> assertThat(times).isOne());
    assertThat(shop.sent)
        .allSatisfy(
            s -> {
              assertThat(s.request().elements()).hasSizeBetween(1, settings.elements());
              assertThat(s.request().actions()).hasSizeBetween(1, settings.actions());
            });
    // A claim is 4 requests of 10; only the last of them may be less than full.
    assertThat(shop.sent).hasSize(124);
    assertThat(sim.stop(relay, Duration.ofSeconds(1))).isTrue();
    assertThat(relay.engine().counters().delivered()).isEqualTo(1_234);
    assertThat(relay.engine().counters().claimed()).isEqualTo(1_234);
    assertThat(relay.engine().counters().requests()).isEqualTo(124);
  }

  @Test
  void whatIsDeliveredIsToldWithItsRequest() {
    UUID event = sim.commit(SHOP, 3).get(0);
    sim.started(settings, shop);
    sim.drain(Duration.ofMinutes(1));

    Request request = shop.sent.get(0).request();
    assertThat(sim.store.delivered)
        .hasSize(3)
        .allSatisfy(d -> assertThat(d.requestId()).isEqualTo(request.id()));
    assertThat(sim.store.attemptsOf(event)).isOne();
    assertThat(sim.store.requests).containsOnlyKeys(request.id());
    Settlement.Attempt attempt = sim.store.requests.values().iterator().next();
    assertThat(attempt.relay()).isEqualTo("relay-a");
    assertThat(attempt.elements()).isEqualTo(3);
    assertThat(attempt.actions()).isEqualTo(3);
    assertThat(attempt.duration()).isEqualTo(LATENCY);
    assertThat(attempt.sinceAnswer()).isBetween(Duration.ZERO, Duration.ofMillis(10));
    assertThat(attempt.outcome().name()).isEqualTo("accepted");
  }

  @Test
  void severalRequestsAreOutAtOnceAndNeverMoreThanAllowed() {
    sim.commit(SHOP, 1_000);
    sim.started(settings, shop);
    sim.drain(Duration.ofMinutes(1));
    assertThat(shop.maxInFlight).isEqualTo(settings.inFlight());
  }

  @Test
  void theNextClaimIsMadeWhileTheLastOneIsStillOut() {
    sim.commit(SHOP, 4_000);
    sim.started(settings, shop);
    sim.drain(Duration.ofMinutes(2));
    // 400 requests of 50 ms, 4 at a time, are 5 s when nobody waits for a claim.
    assertThat(sim.world.time()).isLessThan(Duration.ofMillis(5_500));
  }

  @Test
  void whatIsHeldIsBoundedWhateverTheBacklog() {
    int bound = 3 * settings.inFlight() * settings.elements();
    int[] most = {0};
    sim.world.observe(() -> most[0] = Math.max(most[0], sim.store.held(SHOP)));
    sim.commit(SHOP, 600);
    shop.script = request -> Plan.accepted(Duration.ofSeconds(15));
    sim.started(settings, shop);
    assertThat(sim.drain(Duration.ofMinutes(30))).isTrue();
    assertThat(most[0]).isLessThanOrEqualTo(bound).isGreaterThan(bound / 2);
  }

  @Test
  void whatIsHeldIsBoundedWhileNoOutcomeCanBeWritten() {
    sim.commit(SHOP, 600);
    sim.store.settleFault = settlements -> Fault.BEFORE;
    sim.started(settings, shop);
    sim.world.runFor(Duration.ofSeconds(50));
    assertThat(shop.taken.size())
        .isLessThanOrEqualTo(3 * settings.inFlight() * settings.elements())
        .isPositive();
  }

  @Test
  void aUsersActionsGoOutInTheirOrder() {
    for (int i = 0; i < 30; i++) {
      long id = sim.store.nextId();
      sim.commit(SHOP, sim.action(id, "user-" + i % 3));
    }
    sim.started(settings, shop);
    sim.drain(Duration.ofMinutes(1));
    assertThat(shop.sent).hasSize(1);
    for (Request.Element element : shop.sent.get(0).request().elements()) {
      assertThat(element.actions()).hasSize(10).extracting(a -> a.id()).isSorted();
    }
  }

  @Test
  void anUnfitRowThatNobodyCheckedIsRejectedWithAReasonAndTheOthersAreDelivered() {
    List<UUID> good = sim.commit(SHOP, 5);
    UUID noJson = unchecked("user-1", null, "no JSON");
    UUID noCid = unchecked("user-2", null, "{\"experience\":\"x\"}");
    UUID guest = unchecked("guest", null, Samples.CONTEXT);
    UUID offset = unchecked("user-3", 54_001, Samples.CONTEXT);
    UUID large =
        unchecked("user-4", null, Samples.contextPlus("\"x\":\"" + "x".repeat(262_144) + "\""));
    UUID fine = unchecked("user-5", 54_000, Samples.CONTEXT);
    Running relay = sim.started(settings, shop);

    assertThat(sim.drain(Duration.ofMinutes(1))).isTrue();
    assertThat(sim.deliveredEvents()).containsAll(good).contains(fine).hasSize(6);
    assertThat(sim.store.rejected)
        .extracting(SimStore.Rejected::eventUuid)
        .containsExactlyInAnyOrder(noJson, noCid, guest, offset, large);
    assertThat(reasonOf(noJson)).startsWith("attributes: is not valid JSON");
    assertThat(reasonOf(noCid)).startsWith("attributes.");
    assertThat(reasonOf(guest)).startsWith("customer_id: ");
    assertThat(reasonOf(offset)).startsWith("user_timezone_offset: ");
    assertThat(reasonOf(large)).startsWith("attributes: ").contains("262144");
    assertThat(relay.engine().counters().rejected()).isEqualTo(5);
    assertThat(shop.timesSent(noJson)).isZero();
  }

  private UUID unchecked(String user, @Nullable Integer offset, String attributes) {
    return sim.commit(SHOP, sim.action(sim.store.nextId(), user, offset, attributes, false));
  }

  private String reasonOf(UUID event) {
    return sim.store.rejected.stream()
        .filter(r -> r.eventUuid().equals(event))
        .findFirst()
        .orElseThrow()
        .reason();
  }

  // Failing destinations

  @Test
  void anUnavailableDestinationPausesTheLaneAndOneProbeGoesFirst() {
    shop.script = request -> Plan.unavailable(LATENCY);
    pausesProbesAndRecovers("unavailable");
  }

  @Test
  void anUnknownOutcomePausesTheLaneAndOneProbeGoesFirst() {
    shop.script = request -> Plan.lostAfter(LATENCY);
    pausesProbesAndRecovers("unknown");
  }

  private void pausesProbesAndRecovers(String outcome) {
    List<UUID> events = sim.commit(SHOP, 200);
    sim.started(settings, shop);

    sim.world.runFor(Duration.ofMillis(500));
    // Those that were out together fail together, and then nothing leaves.
    assertThat(shop.sent).hasSize(settings.inFlight());
    assertThat(sim.store.held(SHOP)).isZero();
    assertThat(sim.store.requests.values())
        .hasSize(settings.inFlight())
        .allSatisfy(a -> assertThat(a.outcome().name()).isEqualTo(outcome));

    sim.world.runFor(Duration.ofMinutes(5));
    List<Sent> probes = shop.sent.subList(settings.inFlight(), shop.sent.size());
    assertThat(probes).hasSizeBetween(5, 40);
    long before = shop.sent.get(0).atNanos();
    for (Sent probe : probes) {
      assertThat(Duration.ofNanos(probe.atNanos() - before))
          .isBetween(SimSettings.RETRY_MIN, SimSettings.RETRY_MAX.plusSeconds(1));
      before = probe.atNanos();
    }
    assertThat(sim.deliveredEvents()).isEmpty();

    int failed = shop.sent.size();
    shop.script = request -> Plan.accepted(LATENCY);
    assertThat(sim.drain(Duration.ofMinutes(3))).isTrue();
    Sent first = shop.sent.get(failed);
    Sent second = shop.sent.get(failed + 1);
    assertThat(Duration.ofNanos(second.atNanos() - first.atNanos()))
        .isGreaterThanOrEqualTo(LATENCY);
    assertThat(sim.deliveredEvents()).containsExactlyInAnyOrderElementsOf(events);
    assertThat(shop.taken.keySet()).containsExactlyInAnyOrderElementsOf(events);
    UUID retried = shop.sent.get(0).events().get(0);
    assertThat(shop.timesSent(retried)).isGreaterThan(1);
    assertThat(sim.store.attemptsOf(retried)).isGreaterThan(1);
  }

  @Test
  void anOutageUsesUpTheAttemptsOfFewActionsOnly() {
    shop.script = request -> Plan.unavailable(LATENCY);
    List<UUID> events = sim.commit(SHOP, 1_000);
    sim.started(settings, shop);
    sim.world.runFor(Duration.ofMinutes(2));
    shop.script = request -> Plan.accepted(LATENCY);
    assertThat(sim.drain(Duration.ofMinutes(5))).isTrue();
    long untouched = events.stream().filter(e -> sim.store.attemptsOf(e) == 1).count();
    assertThat(untouched).isGreaterThan(800);
  }

  @Test
  void aProbeThatSlowFailuresFromBeforeThePauseKeepFromLeavingIsGivenUp() {
    deliversAfterAPauseWithTwoRequestsOut(Plan.silent(false), Plan.silent(false));
  }

  @Test
  void aProbeIsGivenUpEvenIfTheLastRequestFromBeforeThePauseSucceeds() {
    deliversAfterAPauseWithTwoRequestsOut(
        Plan.lostBefore(Duration.ofSeconds(10)), Plan.accepted(Duration.ofSeconds(15)));
  }

  private void deliversAfterAPauseWithTwoRequestsOut(Plan second, Plan third) {
    shop.script =
        request ->
            switch (shop.sent.size()) {
              case 0 -> Plan.unavailable(LATENCY);
              case 1 -> second;
              case 2 -> third;
              default -> Plan.accepted(LATENCY);
            };
    Running relay = sim.started(settings, shop);
    // Small requests, so that there is room for the probe while they are out.
    List<UUID> events = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      events.addAll(sim.commit(SHOP, 1));
      relay.engine().wakeUp();
      sim.world.runFor(Duration.ofMillis(10));
    }
    assertThat(shop.inFlight()).isEqualTo(3);
    assertThat(sim.drain(Duration.ofMinutes(2))).isTrue();
    assertThat(sim.deliveredEvents()).containsExactlyInAnyOrderElementsOf(events);
  }

  @Test
  void aDestinationThatThrowsIsRecordedAsUnknown() {
    UUID event = sim.commit(SHOP, 1).get(0);
    shop.script = request -> shop.sent.isEmpty() ? Plan.throwing() : Plan.accepted(LATENCY);
    sim.started(settings, shop);
    assertThat(sim.drain(Duration.ofMinutes(1))).isTrue();
    assertThat(outcomes()).containsExactly("unknown", "accepted");
    assertThat(sim.store.requests.values().iterator().next().outcome().message())
        .isEqualTo("the destination failed with java.lang.IllegalStateException");
    assertThat(sim.store.attemptsOf(event)).isEqualTo(2);
  }

  @Test
  void aDestinationThatNeverAnswersIsRecordedAsUnknownByTheWatchdog() {
    UUID event = sim.commit(SHOP, 1).get(0);
    shop.script = request -> shop.sent.isEmpty() ? Plan.silent(true) : Plan.accepted(LATENCY);
    sim.started(settings, shop);
    assertThat(sim.drain(Duration.ofMinutes(1))).isTrue();
    assertThat(outcomes()).containsExactly("unknown", "accepted");
    Settlement.Attempt silent = sim.store.requests.values().iterator().next();
    assertThat(silent.outcome().message()).isEqualTo("no answer in callTimeout");
    assertThat(silent.duration())
        .isBetween(SimSettings.CALL_TIMEOUT, SimSettings.CALL_TIMEOUT.plusSeconds(5));
    assertThat(shop.taken).containsEntry(event, 2);
    assertThat(sim.store.delivered).hasSize(1);
  }

  @Test
  void anAnswerAfterTheWatchdogChangesNothing() {
    sim.commit(SHOP, 1);
    shop.script =
        request ->
            shop.sent.isEmpty()
                ? Plan.accepted(SimSettings.CALL_TIMEOUT.plusSeconds(20))
                : Plan.accepted(LATENCY);
    Running relay = sim.started(settings, shop);
    assertThat(sim.drain(Duration.ofMinutes(1))).isTrue();
    sim.world.runFor(Duration.ofMinutes(1));
    assertThat(outcomes()).containsExactly("unknown", "accepted");
    assertThat(relay.engine().counters().requests()).isEqualTo(2);
    assertThat(sim.stop(relay, Duration.ofSeconds(1))).isTrue();
  }

  private List<String> outcomes() {
    return sim.store.requests.values().stream().map(a -> a.outcome().name()).toList();
  }

  // Leases

  @Test
  void whatWaitedTooLongForItsLeaseIsGivenBackUnsentAndDeliveredLater() {
    // One user whose offset changes: ten requests of one claim, one after the other, 19 s each.
    for (int i = 0; i < 10; i++) {
      long id = sim.store.nextId();
      sim.commit(SHOP, sim.action(id, "user", i % 2, Samples.CONTEXT, true));
    }
    shop.script = request -> Plan.accepted(Duration.ofSeconds(19));
    Running relay = sim.started(settings.inFlight(1), shop);

    assertThat(sim.drain(Duration.ofMinutes(10))).isTrue();
    assertThat(relay.engine().counters().unsent()).isPositive();
    assertThat(relay.engine().counters().fenced()).isZero();
    assertThat(shop.sent).hasSize(10);
    assertThat(sim.store.delivered)
        .hasSize(10)
        .allSatisfy(d -> assertThat(d.attempts()).as("what was not sent is no attempt").isOne());
  }

  @Test
  void aRequestLeavesOnlyWhileItsLeaseOutlastsTheCall() {
    for (int i = 0; i < 10; i++) {
      long id = sim.store.nextId();
      sim.commit(SHOP, sim.action(id, "user", i % 2, Samples.CONTEXT, true));
    }
    Set<UUID> late = new HashSet<>();
    shop.script =
        request -> {
          for (SimStore.Row row : sim.store.rows()) {
            boolean inIt =
                request.actions().stream()
                    .anyMatch(a -> a.eventUuid().equals(row.action.eventUuid()));
            if (inIt && row.availableAt - sim.world.now() < SimSettings.CALL_TIMEOUT.toNanos()) {
              late.add(row.action.eventUuid());
            }
          }
          return Plan.accepted(Duration.ofSeconds(19));
        };
    sim.started(settings.inFlight(1), shop);
    assertThat(sim.drain(Duration.ofMinutes(10))).isTrue();
    assertThat(late).isEmpty();
  }

  @Test
  void aCrashedRelaysActionsGoOutAgainWhenTheirLeaseHasEnded() {
    List<UUID> events = sim.commit(SHOP, 10);
    Running relay = sim.started(settings, shop);
    sim.world.runUntil(() -> !shop.sent.isEmpty(), Duration.ofSeconds(1));
    relay.crash();
    sim.started(settings.named("relay-b"), shop);

    sim.world.runFor(Duration.ofSeconds(59));
    assertThat(sim.store.delivered).isEmpty();
    sim.world.runFor(Duration.ofSeconds(3));
    assertThat(sim.deliveredEvents()).containsExactlyInAnyOrderElementsOf(events);
    assertThat(events).allSatisfy(e -> assertThat(sim.store.attemptsOf(e)).isEqualTo(2));
    assertThat(events).allSatisfy(e -> assertThat(shop.taken).containsEntry(e, 2));
  }

  // A failing store

  @Test
  void outcomesThatCantBeWrittenForAWhileAreKeptAndNothingIsSentAgain() {
    sim.commit(SHOP, 35);
    sim.store.settleFault =
        settlements ->
            sim.world.time().compareTo(Duration.ofSeconds(30)) < 0 ? Fault.BEFORE : Fault.NONE;
    Running relay = sim.started(settings, shop);
    assertThat(sim.drain(Duration.ofMinutes(2))).isTrue();

    assertThat(sim.world.time()).isGreaterThan(Duration.ofSeconds(30));
    assertThat(shop.taken).hasSize(35).allSatisfy((event, times) -> assertThat(times).isOne());
    assertThat(sim.store.delivered).hasSize(35);
    assertThat(relay.engine().counters().abandoned()).isZero();
    Settlement.Attempt attempt = sim.store.requests.values().iterator().next();
    assertThat(attempt.sinceAnswer()).isGreaterThan(Duration.ofSeconds(25));
  }

  @Test
  void aSettlementWhoseAnswerWasLostIsRepeatedAndChangesNothingMore() {
    List<UUID> events = sim.commit(SHOP, 35);
    int[] calls = {0};
    sim.store.settleFault = settlements -> calls[0]++ < 3 ? Fault.AFTER : Fault.NONE;
    Running relay = sim.started(settings, shop);
    assertThat(sim.drain(Duration.ofMinutes(2))).isTrue();
    assertThat(sim.stop(relay, Duration.ofMinutes(1))).isTrue();
    assertThat(sim.deliveredEvents()).containsExactlyInAnyOrderElementsOf(events);
    assertThat(shop.taken).allSatisfy((event, times) -> assertThat(times).isOne());
  }

  @Test
  void deliveredOutcomesAreKeptBeyondTheirLease() {
    List<UUID> events = sim.commit(SHOP, 10);
    // No other claim comes meanwhile, so the rows wait for their outcome.
    sim.store.claimFault = spec -> !shop.sent.isEmpty() ? Fault.BEFORE : Fault.NONE;
    sim.store.settleFault =
        settlements ->
            sim.world.time().compareTo(Duration.ofMinutes(10)) < 0 ? Fault.BEFORE : Fault.NONE;
    sim.started(settings, shop);
    assertThat(sim.drain(Duration.ofMinutes(15))).isTrue();
    assertThat(sim.deliveredEvents()).containsExactlyInAnyOrderElementsOf(events);
    assertThat(shop.sent).hasSize(1);
  }

  @Test
  void aRetryThatCantBeWrittenIsAbandonedWhenItsLeaseHasEnded() {
    List<UUID> events = sim.commit(SHOP, 10);
    shop.script =
        request -> shop.sent.isEmpty() ? Plan.lostBefore(LATENCY) : Plan.accepted(LATENCY);
    sim.store.settleFault = settlements -> hasRetry(settlements) ? Fault.BEFORE : Fault.NONE;
    Running relay = sim.started(settings, shop);
    assertThat(sim.drain(Duration.ofMinutes(5))).isTrue();
    assertThat(sim.deliveredEvents()).containsExactlyInAnyOrderElementsOf(events);
    sim.world.runFor(Duration.ofMinutes(3));
    assertThat(relay.engine().counters().abandoned()).isEqualTo(10);
    assertThat(sim.stop(relay, Duration.ofMinutes(1))).isTrue();
  }

  private static boolean hasRetry(List<Settlement> settlements) {
    return settlements.stream().anyMatch(s -> s.disposition() instanceof Disposition.Retry);
  }

  @Test
  void oneSettlementThatCanNeverBeWrittenKeepsNoOtherFromBeingWritten() {
    List<UUID> events = sim.commit(SHOP, 300);
    UUID poison = events.get(5);
    sim.store.settleFault = settlements -> holds(settlements, poison) ? Fault.BEFORE : Fault.NONE;
    sim.started(settings, shop);

    // The other 299 are written, those in the same request too.
    assertThat(sim.world.runUntil(() -> sim.store.delivered.size() == 299, Duration.ofSeconds(55)))
        .isTrue();
    List<UUID> later = sim.commit(SHOP, 100);
    assertThat(
            sim.world.runUntil(
                () -> new HashSet<>(sim.deliveredEvents()).containsAll(later),
                Duration.ofMinutes(2)))
        .isTrue();
    assertThat(sim.deliveredEvents()).doesNotContain(poison).doesNotHaveDuplicates();
  }

  private static boolean holds(List<Settlement> settlements, UUID event) {
    return settlements.stream()
        .flatMap(s -> s.actions().stream())
        .anyMatch(a -> a.eventUuid().equals(event));
  }

  @Test
  void failingClaimsAreBackedOffFromAndRecoveredFrom() {
    sim.commit(SHOP, 10);
    List<Duration> tries = new ArrayList<>();
    sim.store.claimFault =
        spec -> {
          tries.add(sim.world.time());
          return sim.world.time().compareTo(Duration.ofMinutes(10)) < 0 ? Fault.BEFORE : Fault.NONE;
        };
    sim.started(settings, shop);
    sim.world.runFor(Duration.ofMinutes(10));
    assertThat(tries).hasSizeBetween(12, 60);
    for (int i = 1; i < tries.size(); i++) {
      assertThat(tries.get(i).minus(tries.get(i - 1)))
          .isBetween(SimSettings.RETRY_MIN, SimSettings.RETRY_MAX.plusSeconds(1));
    }
    assertThat(sim.drain(Duration.ofMinutes(2))).isTrue();
  }

  @Test
  void aClaimWhoseAnswerWasLostComesBackWhenItsLeaseHasEnded() {
    List<UUID> events = sim.commit(SHOP, 10);
    int[] calls = {0};
    sim.store.claimFault = spec -> calls[0]++ == 0 ? Fault.AFTER : Fault.NONE;
    sim.started(settings, shop);
    sim.world.runFor(Duration.ofSeconds(59));
    assertThat(shop.sent).isEmpty();
    assertThat(sim.drain(Duration.ofSeconds(3))).isTrue();
    assertThat(sim.deliveredEvents()).containsExactlyInAnyOrderElementsOf(events);
  }

  // Polling and waking

  @Test
  void wakingClaimsAtOnceInsteadOfAtTheNextPoll() {
    Running relay = sim.started(settings.polling(Duration.ofHours(1)), shop);
    sim.world.runFor(Duration.ofMinutes(1));
    sim.commit(SHOP, 10);
    sim.world.runFor(Duration.ofMinutes(1));
    assertThat(shop.sent).isEmpty();

    relay.engine().wakeUp();
    sim.world.runFor(Duration.ofMillis(10));
    assertThat(shop.sent).hasSize(1);
    assertThat(sim.drain(Duration.ofSeconds(1))).isTrue();
  }

  @Test
  void wakingDuringAClaimClaimsOnceMoreAfterIt() {
    sim.storeDelay = () -> Duration.ofMillis(100);
    Running relay = sim.started(settings.polling(Duration.ofHours(1)), shop);
    // The claim has looked already, and its empty answer is on its way.
    sim.world.runFor(Duration.ofMillis(150));
    sim.commit(SHOP, 1);
    relay.engine().wakeUp();
    relay.engine().wakeUp();
    assertThat(sim.drain(Duration.ofSeconds(2))).isTrue();
    assertThat(sim.store.claims).hasSize(2);
  }

  @Test
  void aFullClaimIsFollowedByTheNextWithoutWaiting() {
    sim.commit(SHOP, 200);
    sim.started(settings.polling(Duration.ofHours(1)), shop);
    assertThat(sim.drain(Duration.ofSeconds(5))).isTrue();
  }

  @Test
  void anIdleRelayPollsAtItsIntervalOrUpToFourPercentSooner() {
    sim.storeDelay = () -> Duration.ZERO;
    sim.started(settings.polling(Duration.ofSeconds(10)), shop);
    sim.world.runFor(Duration.ofMinutes(60));

    List<SimStore.Claimed> claims = sim.store.claims;
    assertThat(claims).hasSizeBetween(362, 373);
    Set<Long> waits = new HashSet<>();
    long shortest = Long.MAX_VALUE;
    long longest = 0;
    for (int i = 1; i < claims.size(); i++) {
      long wait = claims.get(i).atNanos() - claims.get(i - 1).atNanos();
      waits.add(wait);
      shortest = Math.min(shortest, wait);
      longest = Math.max(longest, wait);
    }
    assertThat(Duration.ofNanos(shortest))
        .isBetween(Duration.ofMillis(9_600), Duration.ofMillis(9_620));
    assertThat(Duration.ofNanos(longest))
        .isBetween(Duration.ofMillis(9_980), Duration.ofMillis(10_000));
    assertThat(waits).hasSizeGreaterThan(300);
  }

  @Test
  void eachClaimHasATokenOfItsOwnAndAsksForNoMoreThanFits() {
    sim.commit(SHOP, 500);
    sim.started(settings, shop);
    sim.drain(Duration.ofMinutes(1));
    assertThat(sim.store.claims)
        .extracting(c -> c.spec().claimId())
        .doesNotHaveDuplicates()
        .allSatisfy(id -> assertThat(id.version()).isEqualTo(7));
    assertThat(sim.store.claims)
        .extracting(SimStore.Claimed::spec)
        .allSatisfy(
            spec -> {
              assertThat(spec.workspace()).isEqualTo(SHOP);
              assertThat(spec.relay()).isEqualTo("relay-a");
              assertThat(spec.lease()).isEqualTo(settings.lease());
              assertThat(spec.maxActions()).isBetween(1, settings.inFlight() * settings.elements());
              assertThat(spec.maxBytes())
                  .isBetween(1L, (long) settings.inFlight() * SimSettings.MAX_BYTES);
            });
  }

  // Stopping

  @Test
  void stoppingGivesUnsentActionsBackAtOnceAndWaitsForWhatIsOut() {
    sim.commit(SHOP, 80);
    shop.script = request -> Plan.accepted(Duration.ofSeconds(10));
    Running relay = sim.started(settings, shop);
    sim.world.runFor(Duration.ofSeconds(1));
    assertThat(shop.inFlight()).isEqualTo(4);
    assertThat(sim.store.held(SHOP)).isEqualTo(80);

    boolean[] stopped = {false};
    relay.engine().stop(() -> stopped[0] = true);
    sim.world.runFor(Duration.ofMillis(100));
    assertThat(sim.store.held(SHOP)).as("only what is out is still held").isEqualTo(40);
    assertThat(stopped[0]).isFalse();

    assertThat(sim.world.runUntil(() -> stopped[0], Duration.ofSeconds(10))).isTrue();
    assertThat(shop.inFlight()).isZero();
    assertThat(sim.store.delivered).hasSize(40);
    assertThat(sim.store.rows())
        .hasSize(40)
        .allSatisfy(row -> assertThat(row.attempts).as("nothing left").isZero());
    sim.world.runFor(Duration.ofMinutes(5));
    assertThat(shop.sent).hasSize(4);
  }

  @Test
  void stoppingDuringAClaimGivesBackWhatItBrings() {
    sim.storeDelay = () -> Duration.ofMillis(100);
    sim.commit(SHOP, 10);
    Running relay = sim.started(settings, shop);
    sim.world.runFor(Duration.ofMillis(150));
    assertThat(sim.stop(relay, Duration.ofSeconds(2))).isTrue();
    assertThat(shop.sent).isEmpty();
    assertThat(sim.store.held(SHOP)).isZero();
    assertThat(relay.engine().counters().unsent()).isEqualTo(10);
  }

  @Test
  void stoppingInAPauseEndsAtOnce() {
    shop.script = request -> Plan.unavailable(LATENCY);
    sim.commit(SHOP, 10);
    Running relay = sim.started(settings, shop);
    sim.world.runFor(Duration.ofSeconds(30));
    assertThat(sim.stop(relay, Duration.ofSeconds(1))).isTrue();
    int sent = shop.sent.size();
    sim.world.runFor(Duration.ofMinutes(10));
    assertThat(shop.sent).hasSize(sent);
  }

  @Test
  void aFailureWhileStoppingStartsNothingNew() {
    sim.commit(SHOP, 80);
    shop.script = request -> Plan.lostBefore(Duration.ofSeconds(5));
    Running relay = sim.started(settings, shop);
    sim.world.runFor(Duration.ofSeconds(1));
    assertThat(sim.stop(relay, Duration.ofSeconds(10))).isTrue();
    int claims = sim.store.claims.size();
    relay.engine().wakeUp();
    sim.world.runFor(Duration.ofMinutes(10));
    assertThat(sim.store.claims).hasSize(claims);
    assertThat(sim.store.held(SHOP)).isZero();
  }

  // Several workspaces

  @Test
  void aLaneThatFailsDelaysNoOther() {
    Duration alone = timeOfTheGoodLane(new SimRelays(1), false);
    Duration besideAFailingOne = timeOfTheGoodLane(new SimRelays(1), true);
    assertThat(besideAFailingOne).isLessThan(alone.plusMillis(100));
  }

  private Duration timeOfTheGoodLane(SimRelays world, boolean withFailing) {
    SimDestination good = world.destination("good");
    SimDestination bad = world.destination("bad");
    bad.script =
        request -> bad.sent.size() % 2 == 0 ? Plan.unavailable(LATENCY) : Plan.silent(false);
    world.store.claimFault =
        spec ->
            spec.workspace().equals("bad") && world.store.claims.size() % 3 == 0
                ? Fault.BEFORE
                : Fault.NONE;
    if (withFailing) {
      world.commit("bad", 1_000);
    }
    List<UUID> events = world.commit("good", 2_000);
    world.started(settings, bad, good);
    assertThat(
            world.world.runUntil(
                () -> good.taken.keySet().size() == events.size(), Duration.ofMinutes(2)))
        .isTrue();
    assertThat(bad.taken).isEmpty();
    return world.world.time();
  }

  @Test
  void eachWorkspacesActionsGoToItsOwnDestination() {
    SimDestination other = sim.destination("other");
    List<UUID> shops = sim.commit(SHOP, 70);
    List<UUID> others = sim.commit("other", 70);
    sim.commit("nobody's", 5);
    sim.started(settings, shop, other);
    sim.world.runFor(Duration.ofSeconds(10));
    assertThat(shop.taken.keySet()).containsExactlyInAnyOrderElementsOf(shops);
    assertThat(other.taken.keySet()).containsExactlyInAnyOrderElementsOf(others);
    assertThat(sim.store.pending()).isEqualTo(5);
  }

  @Test
  void twoRelaysShareAnOutboxAndSendNothingTwice() {
    List<UUID> events = sim.commit(SHOP, 2_000);
    SimDestination again = sim.destination(SHOP);
    sim.started(settings, shop);
    sim.started(settings.named("relay-b"), again);
    assertThat(sim.drain(Duration.ofMinutes(1))).isTrue();
    assertThat(sim.deliveredEvents()).containsExactlyInAnyOrderElementsOf(events);
    assertThat(shop.taken.size() + again.taken.size()).isEqualTo(2_000);
    assertThat(again.taken).isNotEmpty();
    assertThat(shop.taken).isNotEmpty();
  }

  // Running once

  @Test
  void aRunOnceClaimsOnceSettlesAllAndEnds() {
    sim.commit(SHOP, 100);
    Running relay = sim.relay(settings, shop);
    boolean[] done = {false};
    relay.engine().runOnce(() -> done[0] = true);
    assertThat(sim.world.runUntil(() -> done[0], Duration.ofSeconds(5))).isTrue();

    assertThat(sim.store.claims).hasSize(1);
    assertThat(relay.engine().counters().claimed()).isEqualTo(40);
    assertThat(relay.engine().counters().delivered()).isEqualTo(40);
    assertThat(relay.engine().failure()).isNull();
    assertThat(sim.store.held(SHOP)).isZero();
    sim.world.runFor(Duration.ofHours(1));
    assertThat(sim.store.claims).hasSize(1);
    assertThat(shop.sent).hasSize(4);
  }

  @Test
  void aRunOnceAgainstAFailingDestinationSetsAllBackAndEnds() {
    sim.commit(SHOP, 40);
    shop.script = request -> Plan.unavailable(LATENCY);
    Running relay = sim.relay(settings.inFlight(4), shop);
    boolean[] done = {false};
    relay.engine().runOnce(() -> done[0] = true);
    assertThat(sim.world.runUntil(() -> done[0], Duration.ofSeconds(5))).isTrue();
    assertThat(relay.engine().counters().retried()).isEqualTo(40);
    sim.world.runFor(Duration.ofHours(1));
    assertThat(shop.sent).hasSize(4);
    assertThat(sim.store.held(SHOP)).isZero();
  }

  @Test
  void aRunOnceWithoutAStoreEndsWithTheFailure() {
    sim.store.claimFault = spec -> Fault.BEFORE;
    Running relay = sim.relay(settings, shop);
    boolean[] done = {false};
    relay.engine().runOnce(() -> done[0] = true);
    assertThat(sim.world.runUntil(() -> done[0], Duration.ofSeconds(5))).isTrue();
    assertThat(relay.engine().failure()).hasMessage("simulated: the store can't be reached");
  }

  @Test
  void aRunOnceThatCantWriteItsOutcomesEndsWithTheLease() {
    sim.commit(SHOP, 10);
    sim.store.settleFault = settlements -> Fault.BEFORE;
    Running relay = sim.relay(settings, shop);
    boolean[] done = {false};
    relay.engine().runOnce(() -> done[0] = true);
    Duration most = settings.lease().plus(SimSettings.RETRY_MAX).plusSeconds(1);
    assertThat(sim.world.runUntil(() -> done[0], most)).isTrue();
    assertThat(sim.world.time()).isGreaterThan(settings.lease());
    assertThat(relay.engine().counters().abandoned()).isEqualTo(10);
  }
}
