package io.durableoutbox.resilience;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Short runs of the mains, so that they are what they claim to be. */
class SoakTest {
  private static final Logger log = LoggerFactory.getLogger("outbox.test");

  @Test
  // It ends by itself, with what is left, after five minutes of draining.
  @Timeout(value = 6, unit = TimeUnit.MINUTES)
  void aShortSoakLosesAndDoublesNothing() throws Exception {
    SoakReport report = new Soak(Duration.ofSeconds(12), 200, 42).run();
    log.info("{}{}", System.lineSeparator(), report.asText());
    assertThat(report.problems()).isEmpty();
    assertThat(report.committed()).isGreaterThan(100);
    assertThat(report.applied()).isNotEmpty();
  }

  @Test
  void aReportSaysWhatMustNotBe() {
    SoakReport broken =
        new SoakReport(
            1,
            Duration.ofSeconds(1),
            Map.of(),
            0,
            0,
            0,
            0,
            0,
            0,
            0,
            0,
            0,
            Duration.ZERO,
            1,
            2,
            3,
            4,
            5,
            6,
            7,
            8);
    assertThat(broken.problems())
        .containsExactly(
            "nothing was written",
            "1 actions wait for ever",
            "2 committed actions are lost",
            "3 actions are more than once in the audit",
            "4 actions arrived that were rolled back",
            "5 actions are delivered that the destination lacks",
            "6 innocent actions were rejected",
            "7 bad actions were delivered",
            "8 UUIDs came with other content");
  }

  @Test
  void anOutageCostsAHandfulOfRequests() throws Exception {
    Outage.Result result = Outage.run(Duration.ofSeconds(5), 2_000);
    assertThat(result.requests()).isBetween(1L, 30L);
    assertThat(result.rejected()).isZero();
    assertThat(result.delivered()).isEqualTo(2_000);
  }
}
