package io.durableoutbox.spring.test;

import static org.assertj.core.api.Assertions.assertThat;

import io.durableoutbox.spring.OutboxRelay;
import io.durableoutbox.testkit.SimulatedDestination;
import java.time.Duration;
import java.util.UUID;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;

@SpringBootTest(
    properties = {
      "outbox.workspaces.eu.workspace-id=REAL",
      "outbox.workspaces.eu.api-key=REAL",
      "outbox.workspaces.eu.data-center=02"
    })
@SimulatedMoEngage
class SimulatedMoEngageTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private final PurchaseService purchases;
  private final SimulatedDestination moEngage;

  SimulatedMoEngageTest(
      @Autowired PurchaseService purchases, @Autowired SimulatedDestination moEngage) {
    this.purchases = purchases;
    this.moEngage = moEngage;
  }

  @Test
  void whatIsCommittedArrivesAtTheSimulatedDestination() {
    assertThat(moEngage.acceptedCount()).isZero();
    UUID uuid = purchases.buy("john@example.com", "default");
    moEngage.awaitAccepted(1, PATIENCE);
    assertThat(moEngage.hasAccepted(uuid)).isTrue();
  }

  @Test
  void aWorkspaceOfTheSettingsIsSimulatedToo(@Autowired OutboxRelay relay) {
    assertThat(moEngage.acceptedCount()).isZero();
    UUID uuid = purchases.buy("mary@example.com", "eu");
    moEngage.awaitAccepted(1, PATIENCE);
    assertThat(moEngage.hasAccepted(uuid)).isTrue();
    assertThat(relay.health().reasons()).isEmpty();
  }

  @Nested
  class InNestedClasses {
    @Test
    void theDestinationIsResetAsWell() {
      assertThat(moEngage.acceptedCount()).isZero();
      purchases.buy("john@example.com", "default");
      moEngage.awaitAccepted(1, PATIENCE);
    }
  }
}
