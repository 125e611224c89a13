package io.durableoutbox.internal.relay;

import static org.assertj.core.api.Assertions.assertThat;

import io.durableoutbox.internal.relay.RelaySimulation.Summary;
import org.junit.jupiter.api.Test;

/** Every committed action is delivered once, whatever fails, from many seeds. */
class RelaySimulationTest {
  private static final int SEEDS = 1_000;

  @Test
  void everyCommittedActionIsDeliveredOnceWhateverFails() {
    int sentAgain = 0;
    int fenced = 0;
    int crashes = 0;
    for (long seed = 0; seed < SEEDS; seed++) {
      Summary summary = run(seed);
      sentAgain += summary.sentAgain();
      fenced += summary.fenced();
      crashes += summary.crashes();
    }
    // The faults do come.
    assertThat(crashes).isGreaterThan(SEEDS);
    assertThat(sentAgain).isGreaterThan(SEEDS);
    assertThat(fenced).isGreaterThan(SEEDS / 10);
  }

  @Test
  void theSameSeedGivesTheSameRun() {
    for (long seed = 0; seed < 20; seed++) {
      assertThat(run(seed)).isEqualTo(run(seed));
    }
  }

  private static Summary run(long seed) {
    try {
      return new RelaySimulation(seed).run();
    } catch (AssertionError | RuntimeException e) {
      throw new AssertionError(
          "new RelaySimulation(" + seed + "L).run() fails: " + e.getMessage(), e);
    }
  }
}
