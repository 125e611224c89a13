package io.durableoutbox.destination;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What an outcome keeps of the server's words, and what it is called. */
class OutcomeTest {
  private static @Nullable String kept(String message) {
    return new Outcome.Refused(400, message).message();
  }

  @Test
  void eachIsNamedAsTheAuditTrailNamesIt() {
    assertThat(new Outcome.Accepted(200, null, null).name()).isEqualTo("accepted");
    assertThat(new Outcome.Refused(400, null).name()).isEqualTo("refused");
    assertThat(new Outcome.Misconfigured(401, null).name()).isEqualTo("misconfigured");
    assertThat(new Outcome.RateLimited(429, null, null).name()).isEqualTo("rate_limited");
    assertThat(new Outcome.Unavailable(null, null).name()).isEqualTo("unavailable");
    assertThat(new Outcome.Unknown(500, null, null).name()).isEqualTo("unknown");
  }

  @Test
  void onlyALimitOrAnUnknownOutcomeAsksToWait() {
    Duration minute = Duration.ofMinutes(1);
    assertThat(new Outcome.RateLimited(429, null, minute).asksToWait()).isEqualTo(minute);
    assertThat(new Outcome.Unknown(503, null, minute).asksToWait()).isEqualTo(minute);
    assertThat(new Outcome.RateLimited(429, null, null).asksToWait()).isNull();
    assertThat(new Outcome.Unavailable(null, null).asksToWait()).isNull();
    assertThat(new Outcome.Misconfigured(401, null).asksToWait()).isNull();
  }

  @Test
  void aMessageOfTheLongestLengthIsKeptWhole() {
    String longest = "m".repeat(Outcome.MAX_MESSAGE);
    assertThat(kept(longest)).isEqualTo(longest);
    assertThat(kept(longest + "m")).isEqualTo(longest);
    assertThat(kept("")).isNull();
  }

  @Test
  void aPairAtTheLimitIsCutAsAWhole() {
    String before = "m".repeat(Outcome.MAX_MESSAGE - 1);
    assertThat(kept(before + "\ud83d\ude00yyy")).isEqualTo(before);
    assertThat(kept(before + "\ud83dyyy")).isEqualTo(before + "\ufffd");
    assertThat(kept(before + "\ud83d")).isEqualTo(before + "\ufffd");
  }

  @Test
  void halfOfAPairIsReplacedWhicheverItIs() {
    assertThat(kept("a\ud800b\udfffc")).isEqualTo("a\ufffdb\ufffdc");
    assertThat(kept("a\ud7ffb\ue000c")).isEqualTo("a\ud7ffb\ue000c");
  }
}
