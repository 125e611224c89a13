package com.example.shop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.durableoutbox.jdbc.ActionState;
import io.durableoutbox.jdbc.Outbox;
import io.durableoutbox.spring.OutboxRelay;
import io.durableoutbox.spring.TransactionalOutbox;
import io.durableoutbox.spring.test.SimulatedMoEngage;
import io.durableoutbox.testkit.AcceptedAction;
import io.durableoutbox.testkit.Fault;
import io.durableoutbox.testkit.SimulatedDestination;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.transaction.support.TransactionTemplate;

/** The whole shop: an order through an outage, one that is rolled back, and the audit. */
@SpringBootTest(properties = {"outbox.relay.retry-min=10ms", "outbox.relay.retry-max=50ms"})
@SimulatedMoEngage
class ShopTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  @Autowired OrderService orders;
  @Autowired OrderRepository repository;
  @Autowired TransactionalOutbox outbox;
  @Autowired TransactionTemplate transaction;
  @Autowired Outbox plain;
  @Autowired OutboxRelay relay;
  @Autowired SimulatedDestination moEngage;

  @Test
  void anOrderOutlastsAnOutageAndTheAuditTells() {
    moEngage.next(Fault.status(503), Fault.dropAfterAccepting());
    Long id = orders.place("mary@example.com", OrderServiceTest.BANNER);
    moEngage.awaitAccepted(1, PATIENCE);
    assertThat(repository.findById(id)).get().extracting("customer").isEqualTo("mary@example.com");
    AcceptedAction accepted =
        moEngage.accepted().stream()
            .filter(a -> a.customerId().equals("mary@example.com"))
            .findAny()
            .orElseThrow();
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (plain.audit().find(accepted.eventUuid()).orElseThrow().state()
        != ActionState.DELIVERED) {
      assertThat(System.nanoTime()).as("settled in time").isLessThan(deadline);
      LockSupport.parkNanos(5_000_000);
    }
    assertThat(moEngage.conflicts()).isEmpty();
  }

  @Test
  void anOrderThatIsRolledBackIsReportedToNobody() {
    long before = repository.count();
    transaction.executeWithoutResult(
        status -> {
          orders.place("nobody@example.com", OrderServiceTest.BANNER);
          status.setRollbackOnly();
        });
    assertThat(repository.count()).isEqualTo(before);
    orders.place("afterwards@example.com", OrderServiceTest.BANNER);
    moEngage.awaitAccepted(1, PATIENCE);
    assertThat(moEngage.accepted()).noneMatch(a -> a.customerId().equals("nobody@example.com"));
  }

  @Test
  void anActionWithoutATransactionIsRefused() {
    assertThatThrownBy(() -> outbox.add()).hasMessageContaining("@Transactional");
    assertThat(relay.isRunning()).isTrue();
  }
}
