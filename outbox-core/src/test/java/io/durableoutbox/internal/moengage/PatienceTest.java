package io.durableoutbox.internal.moengage;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import okhttp3.Headers;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** For how long an answer asks to wait. */
class PatienceTest {
  private static final Instant NOW = Instant.parse("2026-11-24T08:00:00Z");
  private static final String SENT = "Tue, 24 Nov 2026 08:00:00 GMT";

  private static @Nullable Duration asked(String... namesAndValues) {
    return RetryAfter.askedFor(Headers.of(namesAndValues), NOW);
  }

  @ParameterizedTest(name = "Retry-After: {0}")
  @CsvSource({
    "0, PT0S",
    "7, PT7S",
    "' 120 ', PT2M",
    "1.2, PT2S",
    "999999999999999, PT277777777777H46M39S",
  })
  void retryAfterInSeconds(String value, Duration wait) {
    assertThat(asked("Retry-After", value)).isEqualTo(wait);
  }

  @Test
  void retryAfterAsADate() {
    assertThat(asked("Retry-After", "Tue, 24 Nov 2026 08:01:30 GMT"))
        .isEqualTo(Duration.ofSeconds(90));
  }

  @Test
  void aDateIsReckonedFromTheServersClockWhereItTells() {
    String serverIsAnHourAhead = "Tue, 24 Nov 2026 09:00:00 GMT";
    assertThat(asked("Date", serverIsAnHourAhead, "Retry-After", "Tue, 24 Nov 2026 09:00:10 GMT"))
        .isEqualTo(Duration.ofSeconds(10));
    assertThat(asked("Date", serverIsAnHourAhead, "x-ratelimit-reset", "1795510810"))
        .isEqualTo(Duration.ofSeconds(10));
  }

  @Test
  void aDateThatIsOverIsNoWait() {
    assertThat(asked("Retry-After", "Tue, 24 Nov 2020 08:00:00 GMT")).isEqualTo(Duration.ZERO);
    assertThat(asked("x-ratelimit-reset", "1000000000")).isEqualTo(Duration.ZERO);
  }

  @ParameterizedTest(name = "x-ratelimit-reset: {0}")
  @CsvSource({
    "30, PT30S",
    "0, PT0S",
    "1795507230, PT30S",
    "1795507230000, PT30S",
    "1795507230250, PT30.25S",
  })
  void theResetIsSecondsLeftOrATime(String value, Duration wait) {
    assertThat(asked("Date", SENT, "x-ratelimit-reset", value)).isEqualTo(wait);
  }

  @Test
  void retryAfterGoesFirst() {
    assertThat(asked("x-ratelimit-reset", "99", "Retry-After", "5"))
        .isEqualTo(Duration.ofSeconds(5));
    assertThat(asked("x-ratelimit-reset", "99", "Retry-After", "soon"))
        .isEqualTo(Duration.ofSeconds(99));
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource({
    "Retry-After, soon",
    "Retry-After, -5",
    "Retry-After, 1e9",
    "Retry-After, 99999999999999999999",
    "Retry-After, ''",
    "x-ratelimit-reset, tomorrow",
    "x-ratelimit-reset, 0x10",
    "X-Other, 5",
  })
  void whatCantBeUnderstoodAsksForNothing(String name, String value) {
    assertThat(asked(name, value)).isNull();
  }
}
