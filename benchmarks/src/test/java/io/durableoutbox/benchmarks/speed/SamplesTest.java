package io.durableoutbox.benchmarks.speed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class SamplesTest {
  private final Samples samples = new Samples();

  @Test
  void theMedianIsToldWithTheSmallestAndTheLargest() {
    add("drain, actions/s", "relay", 30_000, 10_000, 20_000);

    assertThat(samples.median("drain, actions/s", "relay")).isEqualTo(20_000);
    assertThat(samples.range("drain, actions/s", "relay")).isEqualTo("20,000 (10,000–30,000)");
  }

  @Test
  void aRatioIsOneMedianOverTheOther() {
    add("drain, actions/s", "relay", 1, 3, 100);
    add("drain, actions/s", "baseline", 2);

    assertThat(samples.ratio("drain, actions/s", "relay", "baseline")).isEqualTo(1.5);
  }

  @Test
  void eachRepetitionIsALineOfTheRawData() {
    add("drain, actions/s", "relay", 1.5, 2);

    assertThat(samples.csv())
        .isEqualTo(
            """
            what,side,repetition,value
            "drain, actions/s","relay",1,1.5
            "drain, actions/s","relay",2,2.0
            """);
  }

  @Test
  void whatWasNotMeasuredIsSaid() {
    assertThatThrownBy(() -> samples.median("drain", "relay"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("nothing was measured of drain by relay");
  }

  private void add(String what, String side, double... values) {
    for (double value : values) {
      samples.add(what, side, value);
    }
  }
}
