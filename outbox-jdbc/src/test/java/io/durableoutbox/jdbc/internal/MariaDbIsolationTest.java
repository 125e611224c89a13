package io.durableoutbox.jdbc.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.durableoutbox.OutboxException;
import io.durableoutbox.jdbc.DatabaseTest;
import io.durableoutbox.jdbc.TestOutbox;
import io.durableoutbox.jdbc.internal.sql.Transactions;
import io.durableoutbox.testdb.TestDatabase;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;

/** The isolation of the library's own transactions, and what a deadlock does to them. */
class MariaDbIsolationTest extends DatabaseTest {
  @Override
  protected TestDatabase newDatabase() {
    return TestDatabase.mariadb();
  }

  @Test
  void theLibrarysTransactionsAreReadCommittedAndTheNextOnesAreThePoolsAgain() throws Exception {
    DataSource pool = db.database.pool(config -> config.setMaximumPoolSize(1));
    Transactions transactions = Transactions.on(pool);
    for (int i = 0; i < 2; i++) {
      assertThat(transactions.run("look", this::isolation)).isEqualTo("READ COMMITTED");
      try (Connection connection = pool.getConnection()) {
        connection.setAutoCommit(false);
        assertThat(isolation(connection)).isEqualTo("REPEATABLE READ");
        connection.rollback();
      }
    }
  }

  @Test
  void aTransactionThatFailedLeavesNothingBehindEither() throws Exception {
    DataSource pool = db.database.pool(config -> config.setMaximumPoolSize(1));
    Transactions transactions = Transactions.on(pool);
    assertThatThrownBy(
            () ->
                transactions.run(
                    "fail",
                    connection -> {
                      isolation(connection);
                      throw new SQLException("as it happens", "HY000");
                    }))
        .isInstanceOf(OutboxException.class);
    try (Connection connection = pool.getConnection()) {
      connection.setAutoCommit(false);
      assertThat(isolation(connection)).isEqualTo("REPEATABLE READ");
      connection.rollback();
    }
  }

  @Test
  void whatLostADeadlockIsDoneAgainAtOnce() {
    AtomicInteger tries = new AtomicInteger();
    String result =
        Transactions.on(db.pool)
            .runAgain(
                "lose a deadlock",
                connection -> {
                  if (tries.incrementAndGet() < 3) {
                    throw new SQLException("Deadlock found", "40001", 1213);
                  }
                  return "done";
                });
    assertThat(result).isEqualTo("done");
    assertThat(tries).hasValue(3);
  }

  /** By what a second look sees of what another has committed after the first. */
  private String isolation(Connection connection) throws SQLException {
    int first = count(connection);
    db.add(TestOutbox.actions(1));
    return count(connection) == first ? "REPEATABLE READ" : "READ COMMITTED";
  }

  private static int count(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("SELECT COUNT(*) FROM outbox")) {
      row.next();
      return row.getInt(1);
    }
  }
}
