package io.durableoutbox.internal.relay.limit;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/** So many a minute. */
class TokenBucketTest {
  private static final long MINUTE = Duration.ofMinutes(1).toNanos();

  @Test
  void withoutALimitNothingWaits() {
    TokenBucket pace = new TokenBucket(0, 0);
    pace.take(1_000_000, 0);
    assertThat(pace.untilNext(0)).isEqualTo(Duration.ZERO);
    assertThat(pace.within(Duration.ofSeconds(1))).isEqualTo(Integer.MAX_VALUE);
  }

  @Test
  void sixtyAMinuteAreOneASecond() {
    TokenBucket pace = new TokenBucket(60, 0);
    assertThat(pace.untilNext(0)).isEqualTo(Duration.ZERO);
    pace.take(1, 0);
    assertThat(pace.untilNext(0)).isEqualTo(Duration.ofSeconds(1));
    assertThat(pace.untilNext(Duration.ofMillis(400).toNanos())).isEqualTo(Duration.ofMillis(600));
  }

  @Test
  void whatIsTakenAtOnceIsMadeUpForByWaiting() {
    TokenBucket pace = new TokenBucket(600, 0);
    pace.take(110, 0);
    assertThat(pace.untilNext(0)).isBetween(Duration.ofSeconds(10), Duration.ofMillis(10_101));
  }

  @Test
  void whatWasNotTakenIsNotSavedUpForMoreThanASecond() {
    TokenBucket pace = new TokenBucket(600, 0);
    long later = MINUTE * 60;
    assertThat(pace.untilNext(later)).isEqualTo(Duration.ZERO);
    pace.take(10, later);
    assertThat(pace.untilNext(later)).isPositive();
  }

  @Property(tries = 200)
  void noMinuteHasMoreThanTheLimitAndASecondsWorth(
      @ForAll @IntRange(min = 1, max = 100_000) int perMinute, @ForAll long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    TokenBucket pace = new TokenBucket(perMinute, 0);
    Deque<Long> taken = new ArrayDeque<>();
    long now = 0;
    for (int i = 0; i < 2_000; i++) {
      now += pace.untilNext(now).toNanos();
      if (random.nextInt(20) == 0) {
        now += random.nextLong(MINUTE / 10);
      }
      pace.take(1, now);
      taken.add(now);
      while (taken.getFirst() <= now - MINUTE) {
        taken.removeFirst();
      }
      assertThat(taken.size()).isLessThanOrEqualTo(perMinute + Math.max(1, perMinute / 60) + 1);
    }
  }

  @Property(tries = 100)
  void whoeverWaitsAsLongAsToldMayTake(
      @ForAll @IntRange(min = 1, max = 1_000_000) int perMinute,
      @ForAll @IntRange(min = 1, max = 10_000) int n) {
    TokenBucket pace = new TokenBucket(perMinute, 0);
    pace.take(n, 0);
    long then = pace.untilNext(0).toNanos();
    assertThat(pace.untilNext(then)).isLessThanOrEqualTo(Duration.ofNanos(1_000));
  }
}
