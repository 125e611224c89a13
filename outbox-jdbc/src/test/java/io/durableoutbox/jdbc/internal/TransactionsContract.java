package io.durableoutbox.jdbc.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.durableoutbox.OutboxException;
import io.durableoutbox.destination.ClaimedAction;
import io.durableoutbox.destination.Outcome;
import io.durableoutbox.jdbc.DatabaseTest;
import io.durableoutbox.jdbc.JdbcOutbox;
import io.durableoutbox.jdbc.TestOutbox;
import io.durableoutbox.jdbc.internal.dialect.Dialect;
import io.durableoutbox.jdbc.internal.sql.Transactions;
import io.durableoutbox.store.Disposition;
import io.durableoutbox.store.RelayStore.ClaimSpec;
import io.durableoutbox.store.Settlement;
import io.durableoutbox.testdb.TestDatabase;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.datasource.DataSourceTransactionManager;
import org.springframework.jdbc.datasource.TransactionAwareDataSourceProxy;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * The library commits only what it began, undoes what failed whatever the failure, and gives each
 * connection back as it came; on any database.
 */
abstract class TransactionsContract extends DatabaseTest {
  private static final String BUSINESS =
      "INSERT INTO outbox_workspace (workspace, failures) VALUES ('business', 0)";

  private @Nullable HikariDataSource opened;

  /** A pool for one test. */
  HikariDataSource pool(Consumer<HikariConfig> setUp) {
    HikariDataSource pool =
        db.database.pool(
            config -> {
              setUp(config);
              setUp.accept(config);
            });
    opened = pool;
    return pool;
  }

  @AfterEach
  void closePool() {
    if (opened != null) {
      opened.close();
    }
  }

  static int execute(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      return statement.executeUpdate(TestDatabase.words(connection, sql));
    }
  }

  private int written() {
    return db.count("outbox_workspace WHERE workspace = 'business'");
  }

  @Test
  void anErrorUndoesWhatWasDoneBeforeIt() throws SQLException {
    HikariDataSource pool = pool(config -> config.setMaximumPoolSize(1));
    Transactions transactions = Transactions.on(pool);
    for (Error error : List.of(new OutOfMemoryError("simulated"), new StackOverflowError())) {
      assertThatThrownBy(
              () ->
                  transactions.run(
                      "fail",
                      connection -> {
                        execute(connection, BUSINESS);
                        throw error;
                      }))
          .isSameAs(error);
      assertThat(written()).isZero();
      try (Connection next = pool.getConnection()) {
        assertThat(next.getAutoCommit()).isTrue();
      }
    }
  }

  @Test
  void whatCanNotBeRolledBackIsNotCommittedAndItsConnectionIsGone() throws SQLException {
    HikariDataSource pool = pool(config -> config.setMaximumPoolSize(1));
    AtomicInteger autoCommits = new AtomicInteger();
    Transactions transactions =
        Transactions.on(
            WrappedPool.of(
                () ->
                    WrappedPool.connection(
                        pool.getConnection(),
                        (connection, method, args) -> {
                          if (method.getName().equals("rollback")) {
                            throw new SQLException("the rollback is lost", "08006");
                          }
                          if (method.getName().equals("setAutoCommit")
                              && Boolean.TRUE.equals(args == null ? null : args[0])) {
                            autoCommits.incrementAndGet();
                          }
                          return WrappedPool.pass(connection, method, args);
                        })));
    int before = autoCommits.get();
    Connection[] physical = new Connection[1];
    assertThatThrownBy(
            () ->
                transactions.run(
                    "fail",
                    connection -> {
                      execute(connection, BUSINESS);
                      physical[0] = connection.unwrap(Connection.class);
                      throw new IllegalStateException("simulated");
                    }))
        .isInstanceOf(OutboxException.class);
    assertThat(autoCommits).hasValue(before);
    assertThat(written()).isZero();
    assertThat(physical[0].isClosed()).isTrue();
    assertThat(pool.getHikariPoolMXBean().getActiveConnections()).isZero();
  }

  @Test
  void aDataSourceThatLendsTheCallersTransactionIsRefusedWhenTheOutboxIsMadeInsideOne() {
    for (boolean autoCommit : List.of(true, false)) {
      HikariDataSource pool = pool(config -> config.setAutoCommit(autoCommit));
      for (boolean touched : List.of(true, false)) {
        inSpring(
            pool,
            (joining, business) -> {
              if (touched) {
                business.update(BUSINESS);
              }
              assertRefused(() -> JdbcOutbox.create(joining));
              // Nor does a wrapper hide it.
              assertRefused(() -> JdbcOutbox.create(WrappedPool.of(joining::getConnection)));
              if (!touched) {
                business.update(BUSINESS);
              }
            });
        assertThat(written()).isEqualTo(1);
        db.clear();
      }
      pool.close();
    }
  }

  @Test
  void aDataSourceThatLendsTheCallersTransactionIsRefusedOutsideOfOneToo() {
    assertRefused(() -> JdbcOutbox.create(new TransactionAwareDataSourceProxy(db.pool)));
  }

  @Test
  void aDataSourceThatLendsTheCallersTransactionIsRefusedWheneverItDoes() {
    for (boolean autoCommit : List.of(true, false)) {
      HikariDataSource pool = pool(config -> config.setAutoCommit(autoCommit));
      // Made outside of a transaction, where a wrapper hides what it is.
      DataSource joining = new TransactionAwareDataSourceProxy(pool);
      Transactions transactions = Transactions.on(WrappedPool.of(joining::getConnection));
      for (boolean commit : List.of(true, false)) {
        inSpring(
            pool,
            (same, business) -> {
              business.update(BUSINESS);
              assertRefused(() -> transactions.run("look", tx -> 1));
              assertRefused(() -> transactions.runAgain("look", tx -> 1));
              assertRefused(() -> transactions.runStatementAgain("look", tx -> 1));
              assertThat(
                      business.queryForObject(
                          "SELECT COUNT(*) FROM outbox_workspace", Integer.class))
                  .isEqualTo(1);
              if (!commit) {
                throw new RolledBack();
              }
            });
        assertThat(written()).isEqualTo(commit ? 1 : 0);
        db.clear();
      }
      assertThat(transactions.<Integer>run("look", tx -> 1)).isEqualTo(1);
      pool.close();
    }
  }

  private interface Business {
    void run(DataSource joining, JdbcTemplate business);
  }

  private static final class RolledBack extends RuntimeException {
    private static final long serialVersionUID = 1L;
  }

  private static void inSpring(DataSource pool, Business business) {
    try {
      new TransactionTemplate(new DataSourceTransactionManager(pool))
          .executeWithoutResult(
              status ->
                  business.run(new TransactionAwareDataSourceProxy(pool), new JdbcTemplate(pool)));
    } catch (RolledBack e) {
      assertThat(e).isNotNull();
    }
  }

  private static void assertRefused(
      org.assertj.core.api.ThrowableAssert.ThrowingCallable callable) {
    assertThatThrownBy(callable)
        .isInstanceOf(OutboxException.class)
        .hasMessageContaining("transaction")
        .hasMessageContaining("give it the pool");
  }

  @Test
  void anyDataSourceThatLendsARunningTransactionIsRefusedAndTheTransactionGoesOn()
      throws SQLException {
    try (Connection tx = db.pool.getConnection()) {
      tx.setAutoCommit(false);
      execute(tx, BUSINESS);
      assertRefused(() -> Transactions.on(WrappedPool.joining(tx)));
      tx.rollback();
      assertThat(written()).isZero();
    }
  }

  @Test
  void aPoolsOldTransactionIsOverBeforeOursBegins() throws SQLException {
    for (boolean autoCommit : List.of(true, false)) {
      try (Connection kept = db.pool.getConnection()) {
        kept.setAutoCommit(autoCommit);
        DataSource careless = WrappedPool.careless(db.pool, kept);
        Transactions transactions = Transactions.on(careless);
        kept.setAutoCommit(false);
        execute(kept, BUSINESS);
        assertThat(transactions.<Integer>run("write", tx -> execute(tx, OURS))).isEqualTo(1);
        assertThat(db.query("SELECT workspace FROM outbox_workspace")).containsExactly("ours");
        assertThat(kept.getAutoCommit()).isFalse();
        assertThatCode(kept::rollback).doesNotThrowAnyException();
      }
      db.clear();
    }
  }

  static final String OURS =
      "INSERT INTO outbox_workspace (workspace, failures) VALUES ('ours', 0)";

  @Test
  void aReadOnlyConnectionIsWrittenOnAndGivenBackReadOnly() throws SQLException {
    HikariDataSource pool =
        pool(
            config -> {
              config.setMaximumPoolSize(1);
              config.setReadOnly(true);
            });
    boolean readOnly;
    try (Connection before = pool.getConnection()) {
      readOnly = before.isReadOnly(); // H2 takes no notice of the wish.
    }
    Transactions transactions = Transactions.on(pool);
    assertThat(transactions.<Integer>run("write", tx -> execute(tx, OURS))).isEqualTo(1);
    try (Connection next = pool.getConnection()) {
      assertThat(next.isReadOnly()).isEqualTo(readOnly);
    }
  }

  @Test
  void aReadOnlyServerIsSaidToBeOne() {
    Transactions transactions = Transactions.on(db.pool);
    assertThatThrownBy(
            () ->
                transactions.run(
                    "write",
                    tx -> {
                      throw readOnly();
                    }))
        .isInstanceOf(OutboxException.class)
        .hasMessageContaining("the database is read-only")
        .hasMessageContaining("connect to the primary");
  }

  @Test
  void noCallLeavesAnythingBehindInASession() throws SQLException {
    for (boolean autoCommit : List.of(true, false)) {
      HikariDataSource pool =
          pool(
              config -> {
                config.setMaximumPoolSize(1);
                config.setAutoCommit(autoCommit);
                config.setTransactionIsolation("TRANSACTION_SERIALIZABLE");
              });
      List<String> before = session(pool);
      JdbcOutbox outbox = JdbcOutbox.create(pool);
      assertThat(session(pool)).as("making an outbox").isEqualTo(before);
      Transactions transactions = Transactions.on(pool);
      Dialect dialect = transactions.run("make the dialect", c -> Families.dialect(c, null));
      JdbcRelayStore store = new JdbcRelayStore(dialect, transactions);
      db.add(TestOutbox.actions(1));
      UUID claim = UUID.randomUUID();
      List<ClaimedAction> actions =
          store
              .claim(
                  new ClaimSpec(
                      "default", claim, "r", 1, 1, 1_000, Duration.ofMinutes(1), 0, false))
              .actions();
      store.settle(
          List.of(
              new Settlement(
                  "default",
                  claim,
                  actions,
                  new Disposition.Delivered(),
                  List.of(IdentityContract.attempt(new Outcome.Accepted(200, "req", null), 1)))));
      assertThat(db.count("outbox_delivered")).isPositive();
      store.backlogs();
      assertThat(session(pool)).as("a relay's calls").isEqualTo(before);
      outbox.diagnose();
      assertThat(session(pool)).as("diagnose").isEqualTo(before);
      outbox.backlog();
      outbox.workspaces();
      assertThat(session(pool)).as("backlog").isEqualTo(before);
      outbox.operator("somebody").evenIfUnknown().pause("idle", "a reason");
      outbox.operator("somebody").erase("user-1", "a reason");
      assertThat(session(pool)).as("an operator's calls").isEqualTo(before);
      outbox.maintenance().build().runOnce();
      assertThat(session(pool)).as("maintenance").isEqualTo(before);
      pool.close();
    }
  }

  private List<String> session(DataSource pool) throws SQLException {
    List<String> all = new ArrayList<>();
    try (Connection connection = pool.getConnection();
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(settings())) {
      while (rows.next()) {
        all.add(rows.getString(1) + "=" + rows.getString(2));
      }
      all.add("auto-commit " + connection.getAutoCommit());
      all.add("isolation " + connection.getTransactionIsolation());
      all.add("read-only " + connection.isReadOnly());
      all.add("timeout " + connection.getNetworkTimeout());
      all.add("schema " + connection.getSchema() + " " + connection.getCatalog());
      if (!connection.getAutoCommit()) {
        connection.rollback();
      }
    }
    return all;
  }

  /** The statement that shows a session's settings, by name. */
  abstract String settings();

  /** What the family's server says. */
  abstract SQLException readOnly();
}
