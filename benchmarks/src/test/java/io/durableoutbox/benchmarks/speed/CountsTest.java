package io.durableoutbox.benchmarks.speed;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

class CountsTest {
  private static final Counts BEFORE =
      new Counts(
          Map.of(
              Count.DELIVERED_ACTIONS, 100L,
              Count.CLOCK_NANOS, 1_000_000_000L,
              Count.PEAK_HEAP_BYTES, 70L));
  private static final Counts AFTER =
      new Counts(
          Map.of(
              Count.DELIVERED_ACTIONS, 700L,
              Count.CLOCK_NANOS, 3_000_000_000L,
              Count.PEAK_HEAP_BYTES, 50L));

  @Test
  void aLineIsReadAsItWasWritten() {
    String line = AFTER.line();

    assertThat(Counts.isLine(line)).isTrue();
    assertThat(Counts.parse(line).line()).isEqualTo(line);
  }

  @Test
  void sumsAreSubtractedAndPeaksAreKept() {
    Counts since = AFTER.since(BEFORE);

    assertThat(since.of(Count.DELIVERED_ACTIONS)).isEqualTo(600);
    assertThat(since.of(Count.PEAK_HEAP_BYTES)).isEqualTo(50);
    assertThat(since.deliveredPerSecond()).isEqualTo(300);
  }
}
