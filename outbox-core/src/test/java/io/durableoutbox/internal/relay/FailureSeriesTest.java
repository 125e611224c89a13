package io.durableoutbox.internal.relay;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.spi.ILoggingEvent;
import io.durableoutbox.OutboxException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What the log and the health say of failures in a row, in virtual time. */
class FailureSeriesTest {
  private final SimWorld world = new SimWorld(1);
  private final FailureSeries series =
      new FailureSeries(
          new SimScheduler(world, () -> Duration.ZERO),
          "Relay r can't claim",
          "it tries again",
          "Relay r claims again");
  private final LogRecorder log = new LogRecorder();

  @AfterEach
  void stopLogging() {
    log.close();
  }

  private List<String> warnings() {
    return log.lines(Level.WARN);
  }

  private void fails(String cause, int seconds) {
    for (int i = 0; i < seconds; i++) {
      series.failed(new OutboxException("Could not claim (SQLState " + cause + ")"));
      world.runFor(Duration.ofSeconds(1));
    }
  }

  @Test
  void theCauseThatLastsIsToldAndNotOnlyTheFirst() {
    fails("57P01", 1);
    fails("25006", 20);
    assertThat(warnings())
        .containsExactly(
            "Relay r can't claim: Could not claim (SQLState 57P01); it tries again",
            "Relay r can't claim since 1 s, 2 times: Could not claim (SQLState 25006);"
                + " it tries again");
  }

  @Test
  void whatLastsIsToldAgainEachMinuteWithItsLatestCause() {
    fails("57P01", 1);
    fails("25006", 600);
    assertThat(warnings()).hasSize(11);
    assertThat(warnings().get(10))
        .isEqualTo(
            "Relay r can't claim since 541 s, 542 times: Could not claim (SQLState 25006);"
                + " it tries again");
  }

  @Test
  void theExceptionIsLoggedOnceForEachCause() {
    fails("57P01", 1);
    fails("25006", 600);
    assertThat(log.events(Level.WARN))
        .filteredOn(e -> e.getThrowableProxy() != null)
        .extracting(ILoggingEvent::getFormattedMessage)
        .containsExactlyElementsOf(warnings().subList(0, 2));
  }

  @Test
  void causesThatTakeTurnsAreToldOnceAMinuteEach() {
    for (int i = 0; i < 60; i++) {
      fails("08006", 1);
      fails("25006", 1);
    }
    assertThat(warnings()).hasSize(4);
  }

  @Test
  void causesThatAreAllDifferentDoNotFloodTheLog() {
    for (int i = 0; i < 600; i++) {
      fails("n" + i, 1);
    }
    assertThat(warnings()).hasSize(50);
  }

  @Test
  void theEndIsToldAndTheNextFailureIsAFirstOne() {
    fails("57P01", 3);
    series.succeeded();
    series.succeeded();
    assertThat(log.lines(Level.INFO))
        .containsExactly("Relay r claims again, after 3 s and 3 failures");
    assertThat(series.failures()).isZero();
    assertThat(series.isLong()).isFalse();
    fails("57P01", 1);
    assertThat(warnings()).hasSize(2);
  }

  @Test
  void whatComesAndGoesDoesNotFloodTheLog() {
    for (int i = 0; i < 60; i++) {
      fails("57P01", 1);
      series.succeeded();
    }
    assertThat(warnings()).hasSize(5);
    assertThat(log.lines(Level.INFO)).hasSize(5);
  }

  @Test
  void healthHearsForHowLongAndTheLatestCause() {
    fails("57P01", 1);
    fails("25006", 29);
    assertThat(series.isLong()).isFalse();
    fails("25006", 1);
    assertThat(series.isLong()).isTrue();
    assertThat(series.since()).isEqualTo(" since 31 s: Could not claim (SQLState 25006)");
  }

  @Test
  void whatIsNoOutboxExceptionIsNamedByItsClassSinceItsMessageMayHavePersonalData() {
    series.failed(new IllegalStateException("Key (customer_id)=(42) already exists"));
    series.failed(null);
    assertThat(warnings())
        .containsExactly(
            "Relay r can't claim: java.lang.IllegalStateException; it tries again",
            "Relay r can't claim since 0 s, 2 times: unknown; it tries again");
  }
}
