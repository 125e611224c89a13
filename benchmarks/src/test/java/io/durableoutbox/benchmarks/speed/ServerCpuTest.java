package io.durableoutbox.benchmarks.speed;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class ServerCpuTest {
  @Test
  void childrenThatHaveEndedCountWhateverTheNameOfTheProcess() {
    assertThat(
            ServerCpu.ofEnded(
                "42 (a name) (x) S 1 42 42 0 -1 4194560 9 8 7 6 100 200 31 11 20 0 1 0 99 1 2\n"))
        .isEqualTo(Duration.ofMillis(420));
  }
}
