package io.durableoutbox.jdbc.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import com.zaxxer.hikari.HikariDataSource;
import io.durableoutbox.OutboxException;
import io.durableoutbox.destination.Destination;
import io.durableoutbox.jdbc.DatabaseTest;
import io.durableoutbox.jdbc.Diagnosis.Finding;
import io.durableoutbox.jdbc.JdbcOutbox;
import io.durableoutbox.jdbc.TestOutbox;
import io.durableoutbox.jdbc.internal.dialect.Dialect;
import io.durableoutbox.jdbc.internal.postgresql.Pooler;
import io.durableoutbox.jdbc.internal.postgresql.PostgresClaim;
import io.durableoutbox.jdbc.internal.sql.Transactions;
import io.durableoutbox.store.RelayStore.ClaimSpec;
import io.durableoutbox.testdb.TestDatabase;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.UUID;
import java.util.function.Consumer;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** Pools, drivers' settings and users that only PostgreSQL has. */
class PostgresUnusualPoolsTest extends DatabaseTest {
  @Override
  protected TestDatabase newDatabase() {
    return TestDatabase.postgres();
  }

  private static int claim(DataSource pool) {
    Transactions transactions = Transactions.on(pool);
    Dialect dialect = transactions.run("make the dialect", c -> Families.dialect(c, null));
    dialect.learn(transactions);
    return new JdbcRelayStore(dialect, transactions)
        .claim(
            new ClaimSpec(
                "default",
                UUID.randomUUID(),
                "relay-1",
                10,
                100,
                1_000_000,
                Duration.ofMinutes(1),
                0,
                false))
        .actions()
        .size();
  }

  @Test
  void aClaimWorksWhateverTheDriverPrepares() {
    for (String setting :
        new String[] {
          "prepareThreshold=-1",
          "prepareThreshold=0",
          "preferQueryMode=simple",
          "preferQueryMode=extendedCacheEverything"
        }) {
      db.add(TestOutbox.actions(3));
      String url = db.database.jdbcUrl();
      try (HikariDataSource pool =
          db.database.pool(
              config -> config.setJdbcUrl(url + (url.contains("?") ? "&" : "?") + setting))) {
        assertThat(claim(pool)).as(setting).isEqualTo(3);
      }
    }
  }

  @Test
  void aClaimWorksWhereATextMayHoldOneStatementOnly() {
    db.add(TestOutbox.actions(3));
    DataSource firewall =
        WrappedPool.of(
            () ->
                WrappedPool.connection(
                    db.pool.getConnection(),
                    (connection, method, args) -> {
                      if (method.getName().equals("prepareStatement")
                          && args != null
                          && args[0].toString().contains(";")) {
                        throw new SQLException(
                            "sql injection violation, multi-statement not allow");
                      }
                      return WrappedPool.pass(connection, method, args);
                    }));
    assertThat(claim(firewall)).isEqualTo(3);
  }

  @Test
  void aClaimDoesNotWaitForATableForEver() throws SQLException {
    db.add(TestOutbox.actions(1));
    try (HikariDataSource pool =
            db.database.pool(config -> config.setConnectionInitSql("SET lock_timeout = '50ms'"));
        Connection blocker = db.pool.getConnection()) {
      blocker.setAutoCommit(false);
      TransactionsContract.execute(blocker, "LOCK TABLE outbox_request IN ACCESS EXCLUSIVE MODE");
      assertThatThrownBy(() -> claim(pool)).hasMessageContaining("55P03");
      blocker.rollback();
    }
    assertThat(PostgresClaim.BY_INDEX).contains("'lock_timeout'");
  }

  @Test
  void whoMayNotSeeAllRowsGetsNoRelayAndTheDiagnosisSaysWhy() throws SQLException {
    withLogin(
        pool -> {
          db.execute("ALTER TABLE outbox ENABLE ROW LEVEL SECURITY");
          try {
            JdbcOutbox outbox = JdbcOutbox.create(pool);
            for (Runnable use :
                new Runnable[] {
                  () -> outbox.relay(new Destination[0]),
                  () -> outbox.operator("somebody"),
                  outbox::maintenance
                }) {
              assertThatThrownBy(use::run)
                  .isInstanceOf(OutboxException.class)
                  .hasMessageContaining("row-level security may hide some of outbox from")
                  .hasMessageContaining("BYPASSRLS");
            }
            assertThat(outbox.diagnose().findings())
                .extracting(Finding::code)
                .contains("row_security");
            db.execute("CREATE POLICY mine ON outbox FOR ALL USING (workspace = 'mine')");
            assertThat(outbox.diagnose().findings())
                .extracting(Finding::code)
                .contains("row_security");
            db.execute("CREATE POLICY all_rows ON outbox USING (true) WITH CHECK (true)");
            assertThat(outbox.diagnose().findings())
                .extracting(Finding::code)
                .doesNotContain("row_security");
            assertThat(JdbcOutbox.create(pool).operator("somebody")).isNotNull();
            // Its owner is not bound by them.
            assertThat(db.outbox.diagnose().findings())
                .extracting(Finding::code)
                .doesNotContain("row_security");
          } finally {
            db.execute("DROP POLICY IF EXISTS mine ON outbox");
            db.execute("DROP POLICY IF EXISTS all_rows ON outbox");
            db.execute("ALTER TABLE outbox DISABLE ROW LEVEL SECURITY");
          }
        });
  }

  private void withLogin(Consumer<HikariDataSource> use) throws SQLException {
    String login = "login_" + UUID.randomUUID().toString().replace('-', '_');
    db.execute("CREATE ROLE " + login + " LOGIN PASSWORD 'secret'");
    db.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO " + login);
    try (HikariDataSource pool =
        db.database.pool(
            config -> {
              config.setUsername(login);
              config.setPassword("secret");
            })) {
      use.accept(pool);
    } finally {
      db.execute("DROP OWNED BY " + login);
      db.execute("DROP ROLE " + login);
    }
  }

  @Test
  void aRelayGoesOnAsSoonAsItsServerIsWrittenAgainThoughThePoolKeepsOldConnections()
      throws SQLException {
    db.add(TestOutbox.actions(2));
    String name = db.one("SELECT current_database()");
    try (HikariDataSource pool = db.database.pool(config -> config.setMaximumPoolSize(3))) {
      db.execute("ALTER DATABASE " + name + " SET default_transaction_read_only = on");
      try {
        JdbcOutbox outbox = JdbcOutbox.create(pool);
        assertThat(outbox.diagnose().findings()).extracting(Finding::code).contains("read_only");
        try (Connection first = pool.getConnection();
            Connection second = pool.getConnection();
            Connection third = pool.getConnection()) {
          assertThat(first).isNotSameAs(second).isNotSameAs(third);
        }
        assertThatThrownBy(() -> claim(pool))
            .hasMessageContaining("25006")
            .hasMessageContaining("read-only");
      } finally {
        try (Connection connection = db.pool.getConnection()) {
          TransactionsContract.execute(
              connection, "ALTER DATABASE " + name + " RESET default_transaction_read_only");
        }
      }
      assertThat(claim(pool)).isEqualTo(2);
    }
  }

  @Test
  void aPoolerIsToldOfWhileTheDriverPreparesStatements() {
    ListAppender<ILoggingEvent> log = new ListAppender<>();
    Logger logger = (Logger) LoggerFactory.getLogger(Pooler.class);
    log.start();
    logger.setLevel(Level.WARN);
    logger.addAppender(log);
    try {
      // Straight to the server.
      JdbcOutbox.create(db.pool);
      assertThat(log.list).isEmpty();
      JdbcOutbox.create(pooler(5));
      assertThat(log.list)
          .singleElement()
          .satisfies(
              event ->
                  assertThat(event.getFormattedMessage())
                      .contains("PgBouncer", "(prepareThreshold is 5)", "prepareThreshold=0"));
      JdbcOutbox.create(pooler(0));
      assertThat(log.list).hasSize(1);
    } finally {
      logger.setLevel(null);
      logger.detachAppender(log);
    }
  }

  /** Connections whose driver was told of another process than the one that answers. */
  private DataSource pooler(int prepareThreshold) {
    return WrappedPool.of(
        () ->
            WrappedPool.connection(
                db.pool.getConnection(),
                (connection, method, args) -> {
                  if (method.getName().equals("unwrap")
                      && args != null
                      && args[0] instanceof Class<?> type
                      && type.getSimpleName().equals("PGConnection")) {
                    return Proxy.newProxyInstance(
                        type.getClassLoader(),
                        new Class<?>[] {type},
                        (self, asked, none) ->
                            asked.getName().equals("getBackendPID") ? -1 : prepareThreshold);
                  }
                  return WrappedPool.pass(connection, method, args);
                }));
  }
}
