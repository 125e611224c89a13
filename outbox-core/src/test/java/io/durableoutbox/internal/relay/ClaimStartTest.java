package io.durableoutbox.internal.relay;

import static org.assertj.core.api.Assertions.assertThat;

import io.durableoutbox.destination.ClaimedAction;
import io.durableoutbox.internal.relay.SimDestination.Plan;
import io.durableoutbox.internal.relay.SimStore.Claimed;
import java.time.Duration;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/** From where claims look, in virtual time. */
class ClaimStartTest {
  private static final String SHOP = "shop";
  private static final long SECOND = 1_000_000_000L;

  private final SimRelays sim = new SimRelays(11);
  private final SimSettings settings = SimSettings.small().polling(Duration.ofMillis(50));
  private final SimDestination shop = sim.destination(SHOP);

  private void commitSteadilyFor(int seconds) {
    for (int i = 0; i < seconds * 10; i++) {
      sim.commit(SHOP, 5);
      sim.world.runFor(Duration.ofMillis(100));
    }
  }

  @Test
  void mostClaimsBeginWhereTheRowsWereASecondAgoAndOneEachSecondBeginsWithAll() {
    sim.started(settings, shop);
    commitSteadilyFor(3);
    int before = sim.store.claims.size();
    commitSteadilyFor(20);
    List<Claimed> claims = sim.store.claims.subList(before, sim.store.claims.size());
    List<Claimed> ofAll = claims.stream().filter(c -> c.spec().fromId() == 0).toList();
    assertThat(ofAll.size()).isBetween(18, 21);
    // 50 rows are committed a second, and two seconds are looked back at most.
    Claimed last = claims.get(claims.size() - 1);
    assertThat(sim.store.nextId() - last.spec().fromId()).isBetween(50L, 2 * 50L + 20);
  }

  @Test
  void anActionThatTurnsUpBelowIsSentWithinTheNextSecond() {
    long early = sim.store.nextId();
    sim.started(settings, shop);
    commitSteadilyFor(10);
    ClaimedAction late = sim.action(early, "late");
    sim.commit(SHOP, late);
    sim.world.runFor(Duration.ofMillis(1_200));
    assertThat(shop.taken).containsKey(late.eventUuid());
  }

  @Test
  void whatIsPutBackIsLookedForAtOnce() {
    sim.started(settings, shop);
    commitSteadilyFor(5);
    int before = sim.store.claims.size();
    shop.script = request -> Plan.accepted(Duration.ofMinutes(5));
    commitSteadilyFor(1);
    shop.script = request -> Plan.accepted(Duration.ofMillis(1));
    // The watchdog ends the calls, and the pause after them is probed.
    sim.world.runFor(Duration.ofMinutes(2));
    assertThat(sim.store.pending()).isZero();
    List<Claimed> claims = sim.store.claims.subList(before, sim.store.claims.size());
    int probe = claims.indexOf(claims.stream().filter(Claimed::probe).findFirst().orElseThrow());
    assertThat(claims.subList(probe + 1, claims.size()))
        .filteredOn(claim -> claim.actions() > 0 && !claim.probe())
        .first()
        .satisfies(claim -> assertThat(claim.spec().fromId()).isZero());
  }

  @Test
  void aLookAtAllThatIsDearTwiceIsMadeLessOften() {
    ClaimStart claimStart = risen();
    look(claimStart, 10 * SECOND, SECOND / 20);
    long end = look(claimStart, 12 * SECOND, SECOND / 10);
    assertThat(claimStart.next(end + 10 * SECOND - 1)).isEqualTo(7);
    assertThat(claimStart.next(end + 10 * SECOND)).isZero();
    end = look(claimStart, 30 * SECOND, 5 * SECOND);
    assertThat(claimStart.next(end + 20 * SECOND - 1)).isNotZero();
    assertThat(claimStart.next(end + 20 * SECOND)).isZero();
  }

  @Test
  void aLookAtAllIsPutOffByHalfAMinuteAtMost() {
    ClaimStart claimStart = risen();
    look(claimStart, 10 * SECOND, 5 * SECOND);
    long end = look(claimStart, 20 * SECOND, 5 * SECOND);
    assertThat(claimStart.next(end + 30 * SECOND - 1)).isNotZero();
    assertThat(claimStart.next(end + 30 * SECOND)).isZero();
  }

  @Test
  void oneSlowLookAtAllPutsOffNothing() {
    ClaimStart cold = new ClaimStart(0);
    long end = look(cold, 0, SECOND / 2);
    assertThat(cold.next(end + SECOND)).isZero();
    end = look(cold, end + SECOND, SECOND / 500);
    assertThat(cold.next(end + SECOND)).isZero();
  }

  @Test
  void whatEveryClaimTakesDoesNotMakeALookAtAllDear() {
    ClaimStart claimStart = risen();
    List<ClaimedAction> taken = List.of(sim.action(20, "a"), sim.action(25, "a"));
    for (int second = 10; second < 15; second++) {
      long now = second * SECOND;
      claimStart.claimed(21, taken, true, now, now + SECOND / 10);
      long end = look(claimStart, now + SECOND / 2, SECOND / 10);
      assertThat(claimStart.next(end + SECOND)).isZero();
    }
  }

  /** Has it look at everything for so long, and returns when that ends. */
  private long look(ClaimStart claimStart, long started, long nanos) {
    claimStart.claimed(0, List.of(sim.action(8, "a")), false, started, started + nanos);
    return started + nanos;
  }

  /** One that has seen row 7 for some seconds. */
  private ClaimStart risen() {
    ClaimStart claimStart = new ClaimStart(0);
    for (int second = 0; second < 5; second++) {
      long from = claimStart.next(second * SECOND);
      claimStart.claimed(
          from, List.of(sim.action(7, "a")), false, second * SECOND, second * SECOND);
    }
    return claimStart;
  }

  @Test
  void aRowThatIsFoundBelowLowersIt() {
    ClaimStart claimStart = risen();
    claimStart.claimed(0, List.of(sim.action(3, "a")), false, 10 * SECOND, 10 * SECOND);
    assertThat(claimStart.next(10 * SECOND)).isEqualTo(3);
    claimStart.lookAtAll();
    assertThat(claimStart.next(10 * SECOND)).isZero();
  }

  @Test
  void withinABacklogTheNextClaimBeginsWhereTheLastEnded() {
    ClaimStart claimStart = risen();
    List<ClaimedAction> taken = List.of(sim.action(20, "a"), sim.action(25, "a"));
    claimStart.claimed(0, taken, true, 5 * SECOND, 5 * SECOND);
    assertThat(claimStart.next(5 * SECOND)).isEqualTo(26);
    claimStart.claimed(26, List.of(), false, 5 * SECOND, 5 * SECOND);
    assertThat(claimStart.next(5 * SECOND)).isEqualTo(7);
  }

  @Test
  void whatOthersTookTwiceInARowIsSkippedButForAnEighth() {
    ClaimStart claimStart = risen();
    claim(claimStart, 1_000);
    assertThat(claimStart.next(5 * SECOND)).as("others are not known yet").isEqualTo(1_100);
    claim(claimStart, 1_180);
    assertThat(claimStart.next(5 * SECOND)).as("once says nothing").isEqualTo(1_280);
    claim(claimStart, 1_440);
    assertThat(claimStart.next(5 * SECOND)).as("the smaller of the two").isEqualTo(1_540 + 70);
    claim(claimStart, 1_610);
    assertThat(claimStart.next(5 * SECOND)).as("it shrinks").isEqualTo(1_710 + 61);
  }

  @Test
  void gapsThatAreSmallBesideAClaimAreNotSkipped() {
    ClaimStart claimStart = risen();
    for (int first = 1_000; first < 2_000; first += 120) {
      claim(claimStart, first);
      assertThat(claimStart.next(5 * SECOND)).isEqualTo(first + 100);
    }
  }

  @Test
  void fewRowsThatLieFarFromEachOtherAreNotSkipped() {
    ClaimStart claimStart = risen();
    for (long id = 1_000; id < 2_000; id += 100) {
      List<ClaimedAction> taken = List.of(sim.action(id, "a"), sim.action(id + 50, "a"));
      claimStart.claimed(claimStart.next(5 * SECOND), taken, true, 5 * SECOND, 5 * SECOND);
      assertThat(claimStart.next(5 * SECOND)).isEqualTo(id + 51);
    }
  }

  @Test
  void whereASkippingClaimFindsNoMoreEverythingIsLookedAtAtOnce() {
    ClaimStart claimStart = risen();
    claim(claimStart, 1_000);
    claim(claimStart, 1_200);
    claim(claimStart, 1_400);
    long from = claimStart.next(5 * SECOND);
    assertThat(from).isEqualTo(1_500 + 87);
    assertThat(claimStart.claimed(from, List.of(), false, 5 * SECOND, 5 * SECOND)).isTrue();
    assertThat(claimStart.next(5 * SECOND)).isZero();
    assertThat(claimStart.claimed(0, List.of(), false, 5 * SECOND, 5 * SECOND)).isFalse();
  }

  @Test
  void whatWasSkippedIsSentAtTheEndOfTheBacklogAndNotAfterTheNextPoll() {
    // As if others had taken what is between: four claims' worth of rows, each behind a gap.
    for (int first = 1_000; first < 1_800; first += 200) {
      for (int id = first; id < first + 40; id++) {
        sim.commit(SHOP, sim.action(id, "user-" + id));
      }
    }
    ClaimedAction within = sim.action(1_500, "skipped");
    sim.commit(SHOP, within);
    sim.started(settings.polling(Duration.ofSeconds(20)), shop);
    sim.world.runFor(Duration.ofMillis(900));
    assertThat(sim.store.claims).anyMatch(claim -> claim.spec().fromId() > 1_500);
    assertThat(shop.taken).hasSize(161).containsKey(within.eventUuid());
  }

  @Test
  void aLookAtEverythingWithinABacklogForgetsNothingOfOthers() {
    ClaimStart claimStart = risen();
    claim(claimStart, 1_000);
    claim(claimStart, 1_200);
    claim(claimStart, 1_400);
    claimStart.lookAtAll();
    claim(claimStart, 1_700);
    assertThat(claimStart.next(5 * SECOND)).isEqualTo(1_800 + 87);
  }

  /** Has it claim 100 rows, from where it says, of which this is the first. */
  private void claim(ClaimStart claimStart, long first) {
    long from = claimStart.next(5 * SECOND);
    List<ClaimedAction> taken =
        LongStream.range(first, first + 100).mapToObj(id -> sim.action(id, "a")).toList();
    assertThat(claimStart.claimed(from, taken, true, 5 * SECOND, 5 * SECOND)).isFalse();
  }
}
