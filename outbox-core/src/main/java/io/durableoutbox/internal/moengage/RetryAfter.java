package io.durableoutbox.internal.moengage;

import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import okhttp3.Headers;
import org.jspecify.annotations.Nullable;

/**
 * For how long an answer asks to wait: {@code Retry-After} in seconds or as a date (RFC 9110,
 * 10.2.3), else {@code x-ratelimit-reset}, which MoEngage documents as Unix seconds in one place
 * and as seconds left in another.
 */
final class RetryAfter {
  // In seconds left it would be 31 years.
  private static final long FIRST_EPOCH_SECOND = 1_000_000_000L;
  private static final long FIRST_EPOCH_MILLI = 1_000_000_000_000L;

  private RetryAfter() {}

  /**
   * Returns for how long the answer asks to wait, not negative and not limited; null if it does not
   * ask or can't be understood.
   *
   * @param now this machine's time, for answers that have no {@code Date}: a date is reckoned from
   *     the server's own clock where it tells
   */
  static @Nullable Duration askedFor(Headers headers, Instant now) {
    Date date = headers.getDate("Date");
    Instant sent = date == null ? now : date.toInstant();
    String retryAfter = headers.get("Retry-After");
    if (retryAfter != null) {
      Long seconds = number(retryAfter);
      if (seconds != null) {
        return Duration.ofSeconds(seconds);
      }
      Date until = headers.getDate("Retry-After");
      if (until != null) {
        return between(sent, until.toInstant());
      }
    }
    String reset = headers.get("x-ratelimit-reset");
    Long value = reset == null ? null : number(reset);
    if (value == null) {
      return null;
    } else if (value >= FIRST_EPOCH_MILLI) {
      return between(sent, Instant.ofEpochMilli(value));
    } else if (value >= FIRST_EPOCH_SECOND) {
      return between(sent, Instant.ofEpochSecond(value));
    }
    return Duration.ofSeconds(value);
  }

  private static Duration between(Instant from, Instant until) {
    Duration wait = Duration.between(from, until);
    return wait.isNegative() ? Duration.ZERO : wait;
  }

  /** Reads a number of seconds, a fraction rounded up; null if it is none or longer than a long. */
  private static @Nullable Long number(String text) {
    String trimmed = text.strip();
    if (!trimmed.matches("[0-9]{1,15}(\\.[0-9]+)?")) {
      return null;
    }
    int point = trimmed.indexOf('.');
    return point < 0 ? Long.parseLong(trimmed) : Long.parseLong(trimmed.substring(0, point)) + 1;
  }
}
