package io.durableoutbox.jdbc.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.durableoutbox.jdbc.DatabaseTest;
import io.durableoutbox.jdbc.JdbcOutbox;
import io.durableoutbox.jdbc.TestOutbox;
import io.durableoutbox.spi.Disposition;
import io.durableoutbox.spi.Outcome;
import io.durableoutbox.spi.RelayStore.Claim;
import io.durableoutbox.spi.RelayStore.ClaimSpec;
import io.durableoutbox.spi.Settlement;
import io.durableoutbox.spi.Settlement.Attempt;
import io.durableoutbox.testdb.TestDatabase;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;

/** Whether commits wait for the disk. */
class PostgresCommitTest extends DatabaseTest {
  private final List<String> atCommits = new ArrayList<>();

  @Override
  protected TestDatabase newDatabase() {
    return TestDatabase.postgres();
  }

  @Test
  void claimsAndOutcomesDoNotWaitForTheDisk() throws SQLException {
    claimAndSettle(true);
    assertThat(atCommits).containsExactly("off", "off");
    try (Connection connection = db.pool.getConnection()) {
      assertThat(synchronousCommit(connection)).isEqualTo("on");
    }
  }

  @Test
  void theyWaitForItWhereThatIsAskedFor() {
    claimAndSettle(false);
    assertThat(atCommits).containsExactly("on", "on");
  }

  @Test
  void whatACallerWritesIsCommittedAsTheCallerHasIt() throws SQLException {
    try (Connection connection = db.pool.getConnection()) {
      connection.setAutoCommit(false);
      JdbcOutbox.create(db.pool).add(connection, TestOutbox.actions(2));
      assertThat(synchronousCommit(connection)).isEqualTo("on");
      connection.rollback();
    }
  }

  private void claimAndSettle(boolean asynchronousCommit) {
    db.add(TestOutbox.actions(3));
    Transactions transactions = Transactions.on(watched(db.pool));
    JdbcStore store =
        new JdbcStore(
            transactions.run("make the dialect", c -> Dialect.of(c, null, asynchronousCommit)),
            transactions);
    atCommits.clear();
    UUID claimId = UUID.randomUUID();
    Claim claim =
        store.claim(
            new ClaimSpec(
                "default", claimId, "relay-1", 10, 100, 10_000, Duration.ofMinutes(1), 0, false));
    Attempt attempt =
        new Attempt(
            UUID.randomUUID(),
            "relay-1",
            Duration.ZERO,
            Duration.ofMillis(5),
            3,
            3,
            900,
            new Outcome.Accepted(200, "req-1", null));
    store.settle(
        List.of(
            new Settlement(
                "default",
                claimId,
                claim.actions(),
                new Disposition.Delivered(),
                List.of(attempt))));
    assertThat(db.count("outbox_delivered")).isEqualTo(3);
  }

  /** Asks each connection before it commits. */
  private DataSource watched(DataSource dataSource) {
    return (DataSource)
        Proxy.newProxyInstance(
            getClass().getClassLoader(),
            new Class<?>[] {DataSource.class},
            (proxy, method, args) -> {
              Object result = method.invoke(dataSource, args);
              return result instanceof Connection connection ? watched(connection) : result;
            });
  }

  private Connection watched(Connection connection) {
    return (Connection)
        Proxy.newProxyInstance(
            getClass().getClassLoader(),
            new Class<?>[] {Connection.class},
            (proxy, method, args) -> {
              if (method.getName().equals("commit")) {
                atCommits.add(synchronousCommit(connection));
              }
              try {
                return method.invoke(connection, args);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }

  private static String synchronousCommit(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("SHOW synchronous_commit")) {
      row.next();
      return row.getString(1);
    }
  }
}
