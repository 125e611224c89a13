package io.durableoutbox.internal.relay;

import static org.assertj.core.api.Assertions.assertThat;

import io.durableoutbox.destination.ClaimedAction;
import io.durableoutbox.destination.Request;
import io.durableoutbox.internal.relay.SimDestination.Plan;
import io.durableoutbox.internal.relay.SimDestination.Sent;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.UUID;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Which actions of a refused request are rejected, and how many requests finding them takes. */
class BisectPropertiesTest {
  private static final Logger log = LoggerFactory.getLogger("outbox.test");
  private static final String SHOP = "shop";

  /** So many users with so many actions each, one request in all, and which actions are bad. */
  private record Batch(int users, int actionsEach, Set<Integer> bad) {
    int actions() {
      return users * actionsEach;
    }
  }

  private record Result(int requests, Set<UUID> rejected, Set<UUID> bad) {}

  @Property(tries = 300)
  void exactlyTheBadActionsAreRejectedWithinTheBudget(@ForAll("batches") Batch batch) {
    Result result = deliver(batch, 1);
    assertThat(result.rejected).isEqualTo(result.bad);
    assertThat(result.requests - 1).isLessThanOrEqualTo(budget(batch.actions(), batch.bad.size()));
  }

  @Property(tries = 100)
  void severalRequestsAtOnceFindTheSame(@ForAll("batches") Batch batch) {
    Result result = deliver(batch, 5);
    assertThat(result.rejected).isEqualTo(result.bad);
    assertThat(result.requests - 1).isLessThanOrEqualTo(budget(batch.actions(), batch.bad.size()));
  }

  @Test
  void oneBadOfAHundredCostsAtMostFourteenRequestsMore() {
    int most = 0;
    int sum = 0;
    for (int bad = 0; bad < 100; bad++) {
      int more = deliver(new Batch(100, 1, Set.of(bad)), 1).requests - 1;
      most = Math.max(most, more);
      sum += more;
    }
    log.info("1 bad of 100: {} requests more on average, {} at most", sum / 100.0, most);
    assertThat(most).isLessThanOrEqualTo(14);
  }

  @Test
  void threeBadOfAHundredCostAtMostThirtySixRequestsMore() {
    SplittableRandom random = new SplittableRandom(3);
    int samples = 1_000;
    int most = 0;
    int sum = 0;
    for (int i = 0; i < samples; i++) {
      Set<Integer> bad = new HashSet<>();
      while (bad.size() < 3) {
        bad.add(random.nextInt(100));
      }
      int more = deliver(new Batch(100, 1, bad), 1).requests - 1;
      most = Math.max(most, more);
      sum += more;
    }
    log.info("3 bad of 100: {} requests more on average, {} at most", sum / (double) samples, most);
    assertThat(most).isLessThanOrEqualTo(36);
  }

  /** What {@link RequestSender} promises. */
  private static int budget(int n, int k) {
    int sum = 0;
    for (int size = 1, level = 0; size < n; size *= 2, level++) {
      sum += Math.min(1 << level, k);
    }
    return 2 * sum;
  }

  /** Delivers it in one run, so that no good action waits for a later claim. */
  private static Result deliver(Batch batch, int inFlight) {
    SimRelays sim = new SimRelays(7);
    SimDestination shop = sim.destination(SHOP);
    SimSettings settings =
        new SimSettings(
            "relay-a",
            Duration.ofSeconds(1),
            Duration.ofSeconds(60),
            inFlight,
            100,
            1_000,
            0,
            0,
            20);
    Set<UUID> good = new HashSet<>();
    Set<UUID> bad = new LinkedHashSet<>();
    for (int i = 0; i < batch.actions(); i++) {
      ClaimedAction action = sim.action(sim.store.nextId(), "user-" + i / batch.actionsEach);
      (batch.bad.contains(i) ? bad : good).add(sim.commit(SHOP, action));
    }
    shop.script =
        request ->
            request.actions().stream().anyMatch(a -> bad.contains(a.eventUuid()))
                ? Plan.refused(Duration.ofMillis(50))
                : Plan.accepted(Duration.ofMillis(50));
    boolean[] done = {false};
    sim.relay(settings, shop).engine().runOnce(() -> done[0] = true);
    assertThat(sim.world.runUntil(() -> done[0], Duration.ofSeconds(40))).isTrue();
    assertThat(sim.deliveredEvents()).containsExactlyInAnyOrderElementsOf(good);
    assertThat(shop.taken.values()).allMatch(times -> times == 1);
    assertThat(sim.store.rejected)
        .allMatch(r -> r.reason().equals("refused 400: Invalid Field Value"));
    assertThat(shop.sent).extracting(Sent::request).extracting(Request::id).doesNotHaveDuplicates();
    List<UUID> rejected = sim.store.rejected.stream().map(SimStore.Rejected::eventUuid).toList();
    assertThat(rejected).doesNotHaveDuplicates();
    return new Result(shop.sent.size(), new HashSet<>(rejected), new HashSet<>(bad));
  }

  @Provide
  Arbitrary<Batch> batches() {
    return Arbitraries.integers()
        .between(1, 100)
        .flatMap(
            users ->
                Arbitraries.integers()
                    .between(1, Math.min(5, 100 / users))
                    .flatMap(each -> batches(users, each)));
  }

  private static Arbitrary<Batch> batches(int users, int each) {
    return Arbitraries.integers()
        .between(0, users * each - 1)
        .set()
        .ofMaxSize(Math.min(users * each, 8))
        .map(bad -> new Batch(users, each, bad));
  }

  @Test
  void whenAllActionsOfOneCustomerAreBadAllAreRejected() {
    Set<Integer> all = new HashSet<>();
    for (int i = 0; i < 100; i++) {
      all.add(i);
    }
    Result result = deliver(new Batch(1, 100, all), 4);
    assertThat(result.rejected).hasSize(100);
    assertThat(result.requests).isLessThanOrEqualTo(199);
  }

  // A search that an outage breaks off

  @Test
  void whatWasSuspectedTravelsWithSuspectsOnlyAndTheSearchGoesOnWhereItWas() {
    SimRelays sim = new SimRelays(7);
    SimDestination shop = sim.destination(SHOP);
    List<UUID> first = sim.commit(SHOP, 8);
    UUID bad = first.get(5);
    List<List<UUID>> sent = new ArrayList<>();
    shop.script =
        request -> {
          sent.add(request.actions().stream().map(ClaimedAction::eventUuid).toList());
          return switch (sent.size()) {
            case 1 -> Plan.refused(Duration.ofMillis(50));
            case 2 -> Plan.unavailable(Duration.ofMillis(50));
            default ->
                sent.get(sent.size() - 1).contains(bad)
                    ? Plan.refused(Duration.ofMillis(50))
                    : Plan.accepted(Duration.ofMillis(50));
          };
        };
    sim.started(SimSettings.small().inFlight(1), shop);
    sim.world.runUntil(() -> sent.size() == 2, Duration.ofSeconds(10));
    List<UUID> later = sim.commit(SHOP, 20);
    assertThat(sim.drain(Duration.ofMinutes(5))).isTrue();

    assertThat(sim.store.rejected).extracting(SimStore.Rejected::eventUuid).containsExactly(bad);
    assertThat(sent.subList(2, sent.size()))
        .allSatisfy(
            request -> {
              boolean suspects = first.contains(request.get(0));
              assertThat(suspects ? first : later).containsAll(request);
            });
    assertThat(sent.subList(2, sent.size()))
        .filteredOn(request -> first.contains(request.get(0)))
        .allSatisfy(request -> assertThat(request).hasSizeLessThanOrEqualTo(5));
  }
}
