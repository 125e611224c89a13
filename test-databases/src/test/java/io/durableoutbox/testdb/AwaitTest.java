package io.durableoutbox.testdb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class AwaitTest {
  private final AtomicInteger readings = new AtomicInteger();

  @Test
  void whatIsWaitedForIsReadUntilItIsAsWantedAndReturned() {
    assertThat(Await.value("three", readings::incrementAndGet, n -> n == 3)).isEqualTo(3);
    Await.equal("five", 5, readings::incrementAndGet);
    Await.until("seven", () -> readings.incrementAndGet() == 7);
    assertThat(readings).hasValue(7);
  }

  @Test
  void whatDoesNotComeIsNamedWithTheLastValue() {
    assertThatThrownBy(
            () ->
                Await.value("none is left", Duration.ZERO, readings::incrementAndGet, n -> n == 0))
        .isInstanceOf(AssertionError.class)
        .hasMessageMatching("not within PT0S: none is left; at last: \\d+");
  }

  @Test
  void aWaitThatIsEndedNamesWhatItWaitedForAndTheLastValue() {
    Thread.currentThread().interrupt();
    assertThatThrownBy(() -> Await.equal("none is left", 0, readings::incrementAndGet))
        .isInstanceOf(AssertionError.class)
        .hasMessage("interrupted while waiting: none is left; at last: 1");
    assertThat(Thread.interrupted()).isTrue();
  }
}
