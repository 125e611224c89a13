package io.durableoutbox.postgresql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.postgresql.ds.PGSimpleDataSource;

class BuilderTest {
  private final PostgresWakeUps.Builder builder = PostgresWakeUps.builder(new PGSimpleDataSource());

  @Test
  void aNameThatIsNoPlainIdentifierIsRefused() {
    for (String bad : List.of("", "a-b", "1a", "a\"b", "a;b", "x".repeat(64), "Ä")) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> builder.channel(bad))
          .withMessageStartingWith("channel must be");
      assertThatIllegalArgumentException()
          .isThrownBy(() -> builder.schema(bad))
          .withMessageStartingWith("schema must be");
    }
    assertThatIllegalArgumentException().isThrownBy(() -> builder.channel("Outbox"));
  }

  @Test
  void aCheckIntervalOutOfItsLimitsIsRefused() {
    for (Duration bad :
        List.of(Duration.ZERO, Duration.ofMillis(99), Duration.ofMinutes(10).plusNanos(1))) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> builder.checkInterval(bad))
          .withMessage("checkInterval must be from PT0.1S to PT10M, not " + bad);
    }
  }

  @Test
  void whatWasNeverStartedIsNotUpAndCanBeClosed() {
    PostgresWakeUps source =
        builder
            .schema("Events_1")
            .channel("_" + "x".repeat(62))
            .checkInterval(Duration.ofMillis(100))
            .build();
    assertThat(source.isUp()).isFalse();
    source.close();
    source.close();
    assertThat(source.isUp()).isFalse();
  }
}
