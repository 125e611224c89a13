package io.durableoutbox.internal.relay;

import static org.assertj.core.api.Assertions.assertThat;

import io.durableoutbox.internal.relay.SimDestination.Behaviour;
import io.durableoutbox.internal.relay.SimStore.Failure;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/**
 * The real engine against a simulated world, all of whose accidents come from one seed: crashes at
 * any step, calls of the store that fail before or after they took effect, answers lost, late or
 * never, two relays at once. A seed that fails is in the message and replays exactly.
 */
class RelaySimulationTest {
  private static final int SEEDS = 1_500;

  @Test
  void whateverHappensEveryCommittedActionIsDeliveredAndNoneIsRecordedTwice() {
    for (int seed = 1; seed <= SEEDS; seed++) {
      try {
        new World(seed).run();
      } catch (AssertionError | RuntimeException e) {
        throw new AssertionError("seed " + seed + " failed", e);
      }
    }
  }

  private static final class World {
    private final Random random;
    private final SimScheduler.Time time = new SimScheduler.Time();
    private final SimStore store = new SimStore(time);
    private final SimDestination destination = new SimDestination("default", time);
    private final Set<UUID> committed = new HashSet<>();
    private final List<SimScheduler.Life> relays = new ArrayList<>();
    private boolean faults = true;
    private long lastId;

    World(long seed) {
      random = new Random(seed);
      double badStore = random.nextInt(3) * 0.1;
      double badDestination = random.nextInt(4) * 0.15;
      store.failing =
          () ->
              faults && random.nextDouble() < badStore
                  ? random.nextBoolean() ? Failure.BEFORE : Failure.AFTER
                  : Failure.NONE;
      Behaviour[] all = Behaviour.values();
      destination.behaviour =
          request ->
              faults && random.nextDouble() < badDestination
                  ? all[random.nextInt(all.length)]
                  : Behaviour.ACCEPT;
      destination.latencyNanos =
          () ->
              faults && random.nextInt(10) == 0
                  ? random.nextLong(20_000_000_000L)
                  : random.nextLong(50_000_000);
    }

    void run() {
      startRelay();
      startRelay();
      for (int step = 0; step < 40; step++) {
        write(random.nextInt(60));
        time.run(Duration.ofMillis(random.nextInt(2_000)));
        if (random.nextInt(8) == 0) {
          relays.remove(random.nextInt(relays.size())).dead = true;
          startRelay();
        }
        checkAlways();
      }
      faults = false;
      // Longer than a lease, the longest back-off and a poll.
      time.run(Duration.ofMinutes(2));
      checkAlways();
      assertThat(store.outbox).as("nobody waits for ever").isEmpty();
      assertThat(committed.equals(new HashSet<>(store.delivered))).isTrue();
      assertThat(committed.equals(destination.accepted.keySet())).isTrue();
    }

    // Plain sets: AssertJ's checks of collections would take most of the time.
    private void checkAlways() {
      Set<UUID> delivered = new HashSet<>(store.delivered);
      assertThat(delivered.size())
          .as("one delivered row per UUID")
          .isEqualTo(store.delivered.size());
      assertThat(store.rejected.size()).isZero();
      assertThat(delivered.size() + store.outbox.size())
          .as("committed = delivered + waiting")
          .isEqualTo(committed.size());
      Set<UUID> accepted = destination.accepted.keySet();
      assertThat(committed.containsAll(accepted)).as("only what is committed is sent").isTrue();
      assertThat(accepted.containsAll(delivered)).as("delivered means accepted").isTrue();
    }

    private void write(int n) {
      for (int i = 0; i < n; i++) {
        lastId++;
        var action = Claimed.of(lastId, "user-" + random.nextInt(40), null, null, Claimed.CONTEXT);
        store.add("default", action);
        committed.add(action.eventUuid());
      }
    }

    private void startRelay() {
      SimScheduler.Life process = new SimScheduler.Life();
      relays.add(process);
      RelaySettings settings =
          new RelaySettings(
              "relay-" + relays.size(),
              Duration.ofMillis(500),
              Duration.ofSeconds(15),
              1 + random.nextInt(4),
              1 + random.nextInt(20),
              50,
              100_000,
              Duration.ofMillis(100),
              Duration.ofSeconds(5));
      new RelayEngine(
              settings,
              store,
              List.of(destination),
              new SimScheduler(time, process, () -> random.nextLong(3_000_000)),
              () -> Instant.ofEpochMilli(time.now() / 1_000_000),
              random)
          .start();
    }
  }
}
