package io.durableoutbox.infrastructure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import com.zaxxer.hikari.HikariDataSource;
import io.durableoutbox.OutboxException;
import io.durableoutbox.jdbc.ActionFilter;
import io.durableoutbox.jdbc.ActionState;
import io.durableoutbox.jdbc.JdbcOutbox;
import io.durableoutbox.postgresql.PostgresWakeUps;
import io.durableoutbox.testdb.Await;
import io.durableoutbox.testdb.TestDatabase;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

/** Writers, relays, an operator and the maintenance behind a PgBouncer. */
class PgBouncerTest {
  private static final org.slf4j.Logger log = LoggerFactory.getLogger("outbox.test");
  private static final Duration MINUTE = Duration.ofMinutes(1);
  private static final String OLD = "pgbouncer-old";
  private static final String NEW = "pgbouncer-new";
  private static final String TRANSACTIONS = "pool_mode = transaction";

  @ParameterizedTest
  @CsvSource({
    OLD + ", 'default_pool_size = 6', ?prepareThreshold=0",
    NEW + ", 'default_pool_size = 6\nmax_prepared_statements = 100', ''"
  })
  void allWorksInTransactionModeAndNothingStaysBehindInASession(
      String name, String settings, String parameters) {
    try (TestDatabase database = TestDatabase.postgres();
        PgBouncer bouncer = PgBouncer.start(name, database.jdbcUrl(), TRANSACTIONS, settings);
        HikariDataSource direct = pool(database.jdbcUrl());
        HikariDataSource application = pool(bouncer.url(parameters));
        HikariDataSource relays = pool(bouncer.url(parameters));
        Ledger ledger = new Ledger()) {
      Set<String> before = sessions(application);
      ledger.migrate(application);
      ledger.start(ledger.relay(relays));
      ledger.start(ledger.relay(relays));
      ledger.write(4, 400, 1, List.of(application));
      awaitCommitted(ledger, 500);
      bouncer.reload();
      awaitCommitted(ledger, 300);
      bouncer.killAndStart();
      long started = System.nanoTime();
      awaitCommitted(ledger, 1);
      log.info("{}: written again after {} ms", name, (System.nanoTime() - started) / 1_000_000);
      awaitCommitted(ledger, 300);
      JdbcOutbox outbox = JdbcOutbox.create(application);
      outbox.maintenance().build().runOnce();
      outbox
          .operator("somebody")
          .cancel(ActionFilter.all().workspace("default").states(ActionState.RETRYING), "a trial");
      outbox.diagnose();
      Ledger.Report report = ledger.end(application, MINUTE);
      log.info("{}: {}", name, report);
      report.holds();
      assertThat(sessions(application)).isEqualTo(before);
      assertThat(Ledger.number(direct, "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"))
          .isZero();
    }
  }

  private static HikariDataSource pool(String url) {
    return Ledger.pool(url, "postgres", "postgres", 8);
  }

  private static void awaitCommitted(Ledger ledger, int more) {
    int before = ledger.committed();
    Await.value("more is committed", MINUTE, ledger::committed, now -> now >= before + more);
  }

  /** Returns what was set in the server's sessions, of as many as come by. */
  private static Set<String> sessions(HikariDataSource pool) {
    Set<String> settings = new TreeSet<>();
    for (int i = 0; i < 50; i++) {
      try (Connection connection = pool.getConnection();
          Statement statement = connection.createStatement();
          ResultSet rows =
              statement.executeQuery(
                  "SELECT name, setting FROM pg_settings WHERE source = 'session' AND name NOT IN"
                      + " ('application_name', 'client_encoding')")) {
        while (rows.next()) {
          settings.add(rows.getString(1) + "=" + rows.getString(2));
        }
      } catch (SQLException e) {
        throw new IllegalStateException(e);
      }
    }
    return settings;
  }

  @Test
  void anOutboxThroughAnOldOneByADriverThatPreparesStatementsSaysWhatToDo() {
    Logger logger = (Logger) LoggerFactory.getLogger("io.durableoutbox.jdbc");
    ListAppender<ILoggingEvent> said = new ListAppender<>();
    said.start();
    logger.addAppender(said);
    logger.setLevel(Level.WARN);
    try (TestDatabase database = TestDatabase.postgres();
        PgBouncer bouncer = PgBouncer.start(OLD, database.jdbcUrl(), TRANSACTIONS);
        HikariDataSource direct = pool(database.jdbcUrl());
        HikariDataSource application = pool(bouncer.url(""));
        Ledger ledger = new Ledger()) {
      ledger.migrate(direct);
      JdbcOutbox.create(application);
      assertThat(said.list)
          .anySatisfy(
              event ->
                  assertThat(event.getFormattedMessage())
                      .contains("PgBouncer", "prepareThreshold=0", "max_prepared_statements"));
    } finally {
      logger.detachAppender(said);
      logger.setLevel(null);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {OLD, NEW})
  void statementModeIsRefusedWithWords(String name) {
    try (TestDatabase database = TestDatabase.postgres();
        PgBouncer bouncer = PgBouncer.start(name, database.jdbcUrl(), "pool_mode = statement");
        HikariDataSource direct = pool(database.jdbcUrl());
        HikariDataSource application = pool(bouncer.url("?prepareThreshold=0"));
        Ledger ledger = new Ledger()) {
      ledger.migrate(direct);
      assertThatThrownBy(() -> JdbcOutbox.create(application))
          .isInstanceOf(OutboxException.class)
          .hasMessageContaining("statement mode")
          .hasMessageContaining("transaction");
    }
  }

  @Test
  void aWakeUpComesByADirectConnectionWhileAllElseGoesThroughThePooler() {
    try (TestDatabase database = TestDatabase.postgres();
        PgBouncer bouncer = PgBouncer.start(OLD, database.jdbcUrl(), TRANSACTIONS);
        HikariDataSource direct = pool(database.jdbcUrl());
        HikariDataSource through = pool(bouncer.url("?prepareThreshold=0"));
        Ledger ledger = new Ledger()) {
      ledger.migrate(through);
      Ledger.execute(direct, trigger());
      PostgresWakeUps wakeUps = PostgresWakeUps.builder(direct).build();
      ledger.start(
          ledger
              .relay(through)
              .pollInterval(Duration.ofMinutes(10))
              .pollIntervalWhileWoken(Duration.ofMinutes(10))
              .wakeUpBy(wakeUps));
      Await.value("the source is up", MINUTE, wakeUps::isUp, up -> up);
      ledger.write(1, 20, 1, List.of(through));
      Await.value(
          "what is written is sent without a poll",
          MINUTE,
          ledger.destination::acceptedCount,
          accepted -> accepted > 20);
      Ledger.Report report = ledger.end(through, MINUTE);
      log.info("woken behind a pooler: {}", report);
      report.holds();
    }
  }

  private static String trigger() {
    try (InputStream script =
        Objects.requireNonNull(
            PgBouncerTest.class.getResourceAsStream("/durable-outbox/notify/postgresql.sql"))) {
      return new String(script.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }
}
