package io.durableoutbox.internal.relay.limit;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

/** How many requests may be out at once. */
class ConcurrencyLimitTest {
  private static final long QUICK = Duration.ofMillis(40).toNanos();
  private static final long SLOW = Duration.ofMillis(400).toNanos();

  private long now;

  private void answer(ConcurrencyLimit window, int times, long took) {
    for (int i = 0; i < times; i++) {
      long started = now;
      now += took;
      window.answered(started, now);
    }
  }

  @Test
  void itIsWideOpenAtFirst() {
    assertThat(new ConcurrencyLimit(1, 8).size()).isEqualTo(8);
  }

  @Test
  void afterAFailureItStartsAtTheLowerBoundAndDoublesToHalfOfWhatItWas() {
    ConcurrencyLimit window = new ConcurrencyLimit(1, 16);
    window.failed();
    assertThat(window.size()).isEqualTo(1);
    answer(window, 1, QUICK);
    assertThat(window.size()).isEqualTo(2);
    answer(window, 2, QUICK);
    assertThat(window.size()).isEqualTo(4);
    answer(window, 4, QUICK);
    assertThat(window.size()).isEqualTo(8);
  }

  @Test
  void beyondThatItGrowsByOneForEachWindowful() {
    ConcurrencyLimit window = new ConcurrencyLimit(1, 16);
    window.failed();
    answer(window, 7, QUICK);
    answer(window, 7, QUICK);
    assertThat(window.size()).isEqualTo(8);
    answer(window, 2, QUICK);
    assertThat(window.size()).isEqualTo(9);
    answer(window, 1_000, QUICK);
    assertThat(window.size()).isEqualTo(16);
  }

  @Test
  void aSecondFailureHalvesWhatIsDoubledUpTo() {
    ConcurrencyLimit window = new ConcurrencyLimit(1, 16);
    window.failed();
    answer(window, 3, QUICK);
    window.failed();
    answer(window, 1, QUICK);
    assertThat(window.size()).isEqualTo(2);
    answer(window, 1, QUICK);
    assertThat(window.size()).as("now by one for each windowful").isEqualTo(2);
  }

  @Test
  void answersThatGetSlowNarrowItToItsLowerBoundAndQuickOnesWidenItAgain() {
    ConcurrencyLimit window = new ConcurrencyLimit(2, 8);
    answer(window, 100, QUICK);
    answer(window, 20, SLOW);
    assertThat(window.size()).isEqualTo(2);
    answer(window, 200, QUICK);
    assertThat(window.size()).isEqualTo(8);
  }

  @Test
  void someMillisecondsMoreAreNotSlow() {
    ConcurrencyLimit window = new ConcurrencyLimit(1, 8);
    answer(window, 100, Duration.ofMillis(5).toNanos());
    answer(window, 100, Duration.ofMillis(40).toNanos());
    assertThat(window.size()).isEqualTo(8);
  }

  @Test
  void aLatencyThatStaysIsTakenForTheUsualOne() {
    ConcurrencyLimit window = new ConcurrencyLimit(1, 8);
    answer(window, 100, QUICK);
    answer(window, 1_000, SLOW);
    assertThat(window.size()).isEqualTo(8);
  }

  @Test
  void requestsThatWereOutTogetherNarrowItOnce() {
    ConcurrencyLimit window = new ConcurrencyLimit(1, 8);
    answer(window, 100, QUICK);
    long started = now;
    for (int i = 0; i < 8; i++) {
      window.answered(started, started + SLOW + i);
    }
    assertThat(window.size()).isEqualTo(6);
  }

  @Property(tries = 200)
  void itStaysWithinItsBoundsWhateverComes(@ForAll long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    int min = 1 + random.nextInt(10);
    int max = min + random.nextInt(100);
    ConcurrencyLimit window = new ConcurrencyLimit(min, max);
    for (int i = 0; i < 500; i++) {
      if (random.nextInt(10) == 0) {
        window.failed();
      } else {
        answer(window, 1, random.nextLong(Duration.ofSeconds(5).toNanos()));
      }
      assertThat(window.size()).isBetween(min, max);
    }
  }
}
