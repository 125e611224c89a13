package io.durableoutbox.jdbc.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.durableoutbox.OutboxException;
import io.durableoutbox.jdbc.internal.sql.SqlErrors;
import io.durableoutbox.jdbc.internal.sql.Transactions;
import io.durableoutbox.testdb.TestDatabase;
import java.sql.SQLException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;

/** What becomes of the errors that drivers report, and what is tried again. */
@TestInstance(Lifecycle.PER_CLASS)
class SqlErrorsTest {
  @SuppressWarnings("NullAway.Init")
  private TestDatabase database;

  @SuppressWarnings("NullAway.Init")
  private Transactions transactions;

  @BeforeAll
  void open() {
    database = TestDatabase.h2();
    transactions = Transactions.on(database.pool());
  }

  @AfterAll
  void close() {
    database.close();
  }

  private int tries(SQLException failure) {
    AtomicInteger tries = new AtomicInteger();
    assertThatThrownBy(
            () ->
                transactions.runAgain(
                    "try",
                    connection -> {
                      tries.incrementAndGet();
                      throw failure;
                    }))
        .isInstanceOf(OutboxException.class);
    return tries.get();
  }

  @Test
  void aDeadlockIsTriedAgainAFewTimes() {
    assertThat(tries(new SQLException("Deadlock found", "40001", 1213))).isEqualTo(8);
    assertThat(tries(new SQLException("deadlock detected", "40P01"))).isEqualTo(8);
  }

  @Test
  void aLockThatWasWaitedForTooLongIsTriedOnceMoreWhateverItsDriverCallsIt() {
    for (String state : new String[] {"40001", "HY000", "HYT00"}) {
      SQLException timeout = new SQLException("Lock wait timeout exceeded", state, 1205);
      assertThat(tries(timeout)).isEqualTo(2);
      assertThat(SqlErrors.wrap("add", timeout)).hasMessageContaining("code 1205");
    }
  }

  @Test
  void aCheckOfMySqlOrMariaDbIsAConstraintLikeAnyOther() {
    for (SQLException check :
        new SQLException[] {
          new SQLException("Check constraint 'outbox_ck' is violated.", "HY000", 3819),
          new SQLException("CONSTRAINT `outbox_ck` failed for `t`.`outbox`", "23000", 4025)
        }) {
      OutboxException wrapped = SqlErrors.wrap("write actions", check);
      assertThat(wrapped).hasMessage("Could not write actions (SQLState 23000)").hasNoCause();
      assertThat(tries(check)).isEqualTo(1);
    }
  }

  @Test
  void anIdThatIsThereAlreadyNamesTheSequence() {
    SQLException duplicate = new SQLException("Key (workspace, id)=(default, 1)", "23505");
    assertThat(SqlErrors.wrap("write actions", duplicate))
        .hasMessageContaining("the sequence of outbox.id is behind its rows")
        .hasNoCause();
  }

  @Test
  void aPreparedStatementOfAnotherSessionNamesThePoolersSetting() {
    for (String state : new String[] {"26000", "42P05", "08P01"}) {
      assertThat(SqlErrors.wrap("claim actions", new SQLException("prepared statement", state)))
          .hasMessageContaining("PgBouncer")
          .hasMessageContaining("prepareThreshold=0");
    }
  }

  @Test
  void aGaleraNodeThatTakesNoStatementIsToldFromALostConnection() {
    SQLException refusal =
        new SQLException("WSREP has not yet prepared node for application use", "08S01", 1047);
    assertThat(SqlErrors.wrap("claim actions", refusal))
        .hasMessageContaining("Galera")
        .hasMessageContaining("quorum");
    assertThat(SqlErrors.wrap("claim actions", new SQLException("Connection reset", "08S01")))
        .hasMessageNotContaining("Galera");
  }

  @Test
  void aPoolerInStatementModeIsToldFromOneThatMixesUpStatements() {
    SQLException refusal =
        new SQLException(
            "FATAL: transaction blocks not allowed in statement pooling mode", "08P01");
    assertThat(SqlErrors.wrap("check the outbox's schema", refusal))
        .hasMessageContaining("statement mode")
        .hasMessageContaining("pool_mode")
        .hasMessageNotContaining("prepareThreshold");
  }
}
