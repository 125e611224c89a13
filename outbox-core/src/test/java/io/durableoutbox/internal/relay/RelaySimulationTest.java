package io.durableoutbox.internal.relay;

import static org.assertj.core.api.Assertions.assertThat;

import io.durableoutbox.internal.relay.RelaySimulation.Summary;
import io.durableoutbox.internal.relay.SimTrace.Kind;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Every committed action is delivered once or rejected, whatever fails, from many seeds. */
class RelaySimulationTest {
  private static final Logger log = LoggerFactory.getLogger("outbox.test");

  /** More are run by {@code -Doutbox.simulation.seeds=10000}. */
  private static final int SEEDS = Integer.getInteger("outbox.simulation.seeds", 2_000);

  /** Of what runs each seed more than once. */
  private static final int FEWER_SEEDS = Math.min(100, SEEDS / 10);

  @Test
  void everyCommittedActionIsDeliveredOnceOrRejectedWhateverFails() {
    Map<Kind, Integer> totals = new EnumMap<>(Kind.class);
    Map<Long, AssertionError> failures = new ConcurrentSkipListMap<>();
    long started = System.nanoTime();
    LongStream.range(0, SEEDS)
        .parallel()
        .filter(seed -> failures.isEmpty())
        .forEach(
            seed -> {
              try {
                add(run(new RelaySimulation(seed), seed), totals);
              } catch (AssertionError e) {
                failures.put(seed, e);
              }
            });
    for (AssertionError failure : failures.values()) {
      throw failure;
    }
    double minutes = (System.nanoTime() - started) / 60e9;
    log.info("{} seeds, {} a minute: {}", SEEDS, Math.round(SEEDS / minutes), totals);

    for (Kind kind : Kind.values()) {
      assertThat(totals.getOrDefault(kind, 0))
          .as("how often the seeds have %s", kind)
          .isGreaterThan(SEEDS / 100);
    }
  }

  @Test
  void theSameSeedGivesTheSameRun() {
    for (long seed = 0; seed < FEWER_SEEDS; seed++) {
      assertThat(run(new RelaySimulation(seed), seed))
          .as("seed %s", seed)
          .isEqualTo(run(new RelaySimulation(seed), seed));
    }
  }

  @Test
  void differentSeedsGiveDifferentRuns() {
    assertThat(LongStream.range(0, FEWER_SEEDS).map(s -> run(new RelaySimulation(s), s).hash()))
        .doesNotHaveDuplicates();
  }

  @Test
  void aJumpingClockChangesNothingButTheShownSkew() {
    int jumps = 0;
    for (long seed = 0; seed < FEWER_SEEDS; seed++) {
      Summary jumping = run(new RelaySimulation(seed), seed);
      Summary right = run(new RelaySimulation(seed, false), seed);
      jumps += jumping.counts().getOrDefault(Kind.CLOCK_JUMP, 0);
      assertThat(jumping.hash()).as("seed %s", seed).isEqualTo(right.hash());
    }
    assertThat(jumps).isGreaterThan(FEWER_SEEDS);
  }

  private static void add(Summary summary, Map<Kind, Integer> totals) {
    synchronized (totals) {
      summary.counts().forEach((kind, times) -> totals.merge(kind, times, Integer::sum));
    }
  }

  /** Names a failing seed by the expression that replays it. */
  private static Summary run(RelaySimulation simulation, long seed) {
    try {
      return simulation.run();
    } catch (Throwable e) {
      throw new AssertionError(
          "new RelaySimulation(" + seed + "L).run() fails: " + e.getMessage(), e);
    }
  }
}
