package io.durableoutbox.recipes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.agroal.api.AgroalDataSource;
import io.durableoutbox.Action;
import io.durableoutbox.OutboxException;
import io.durableoutbox.Platform;
import io.durableoutbox.jdbc.JdbcOutbox;
import io.durableoutbox.jdbc.Outbox;
import jakarta.transaction.TransactionManager;
import java.sql.Connection;
import java.sql.SQLException;
import org.h2.Driver;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** One database takes part, so its usual driver is enough. */
@SuppressWarnings("NullAway.Init") // JUnit calls open().
class JtaRecipeTest extends RecipeContract {
  private final TransactionManager manager = Jta.manager();
  private AgroalDataSource jtaPool;

  @BeforeAll
  static void logInMemory() {
    Jta.logInMemory();
  }

  @Override
  Orders orders() throws SQLException {
    jtaPool = Jta.pool(Driver.class, pool.getJdbcUrl(), pool.getUsername(), pool.getPassword());
    return new JtaOrders(Jta.userTransaction(), Jta.synchronizations(), jtaPool, outbox, relay)
        ::place;
  }

  @AfterEach
  void closeJtaPool() {
    jtaPool.close();
  }

  private static Action action() {
    return Action.shown("john@example.com", CONTEXT).platform(Platform.WEB).build();
  }

  @Test
  void aConnectionInsideTheTransactionHasAutoCommitOffAndOneOutsideIsRefused() throws Exception {
    manager.begin();
    try (Connection tx = jtaPool.getConnection()) {
      assertThat(tx.getAutoCommit()).isFalse();
    } finally {
      manager.rollback();
    }
    try (Connection alone = jtaPool.getConnection()) {
      assertThatThrownBy(() -> outbox.add(alone, action()))
          .isInstanceOf(OutboxException.class)
          .hasMessageContaining("auto-commit on");
    }
  }

  @Test
  void theOutboxsOwnPoolIsApartFromTheTransactionInWhichItIsAsked() throws Exception {
    Action action = action();
    manager.begin();
    try (Connection tx = jtaPool.getConnection()) {
      outbox.add(tx, action);
      assertThat(outbox.audit().find(action.eventUuid())).isEmpty();
    }
    manager.commit();
    assertThat(outbox.audit().find(action.eventUuid())).isPresent();
  }

  @Test
  void anOutboxOnTheJtaPoolCanNotBeAskedInsideATransaction() throws Exception {
    Outbox onJtaPool = JdbcOutbox.create(jtaPool);
    Action action = action();
    assertThat(onJtaPool.audit().find(action.eventUuid())).isEmpty();
    manager.begin();
    try {
      assertThatThrownBy(() -> onJtaPool.audit().find(action.eventUuid()))
          .isInstanceOf(OutboxException.class);
    } finally {
      manager.rollback();
    }
  }
}
