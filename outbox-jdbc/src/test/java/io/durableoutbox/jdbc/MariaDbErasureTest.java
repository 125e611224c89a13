package io.durableoutbox.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.durableoutbox.OutboxException;
import io.durableoutbox.testdb.TestDatabase;
import java.sql.Connection;
import org.junit.jupiter.api.Test;

class MariaDbErasureTest extends ErasureContract {
  @Override
  protected TestDatabase newDatabase() {
    return TestDatabase.mariadb();
  }

  @Test
  void aCallersRepeatableReadTransactionIsRefusedAndToldTheWayOut() throws Exception {
    db.add(TestOutbox.shown("eve").build());
    Operator anna = db.outbox.operator("anna");
    try (Connection transaction = db.pool.getConnection()) {
      transaction.setAutoCommit(false);
      assertThatThrownBy(() -> anna.erase(transaction, "eve", "why"))
          .isInstanceOf(OutboxException.class)
          .hasMessageContaining("READ COMMITTED")
          .hasMessageContaining("setTransactionIsolation")
          .hasMessageContaining("without a connection");
      transaction.commit();
    }
    assertThat(db.count("outbox")).isEqualTo(1);
    assertThat(db.count("outbox_operation")).isZero();
  }
}
