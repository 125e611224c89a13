package io.durableoutbox.spring.test;

import static org.assertj.core.api.Assertions.assertThat;

import io.durableoutbox.testkit.SimulatedDestination;
import java.time.Duration;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.data.jpa.test.autoconfigure.DataJpaTest;
import org.springframework.context.annotation.Import;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.test.context.transaction.TestTransaction;

@DataJpaTest
@SimulatedMoEngage
@Import(PurchaseService.class)
class SliceTest {
  @Test
  void aSliceHasTheOutboxAndItsTestsTransactionIsRolledBack(
      @Autowired PurchaseService purchases,
      @Autowired JdbcClient jdbc,
      @Autowired SimulatedDestination moEngage) {
    UUID rolledBack = purchases.buy("john@example.com", "default");
    assertThat(
            jdbc.sql("SELECT event_uuid FROM outbox WHERE customer_id = 'john@example.com'")
                .query(UUID.class)
                .single())
        .isEqualTo(rolledBack);
    TestTransaction.end();

    TestTransaction.start();
    TestTransaction.flagForCommit();
    UUID committed = purchases.buy("mary@example.com", "default");
    TestTransaction.end();
    moEngage.awaitAccepted(1, Duration.ofSeconds(20));
    assertThat(moEngage.hasAccepted(committed)).isTrue();
    assertThat(moEngage.hasAccepted(rolledBack)).isFalse();
  }
}
