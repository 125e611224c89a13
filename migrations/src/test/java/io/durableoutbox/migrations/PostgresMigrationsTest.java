package io.durableoutbox.migrations;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.durableoutbox.testdb.TestDatabase;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import javax.sql.DataSource;
import org.flywaydb.core.api.FlywayException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PostgresMigrationsTest extends MigrationsContract {
  @Override
  TestDatabase newDatabase() {
    return TestDatabase.postgres();
  }

  @Override
  List<String> catalog(DataSource dataSource) throws SQLException {
    return Catalog.postgres(dataSource);
  }

  @Test
  void itWaitsWhileAnotherProcessMigrates() throws Exception {
    try (Connection other = dataSource.getConnection()) {
      other.setAutoCommit(false);
      Sql.query(other, "SELECT pg_advisory_xact_lock(" + OutboxMigrations.LOCK_KEY + ")");
      var ours = CompletableFuture.supplyAsync(() -> OutboxMigrations.of(dataSource).migrate());
      String waiting =
          "SELECT pg_sleep(0.01) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND"
              + " database = (SELECT oid FROM pg_database WHERE datname = current_database())";
      while (Sql.query(other, waiting).isEmpty()) {
        assertThat(ours).isNotDone();
      }
      assertThat(Sql.query(other, "SELECT to_regclass('outbox_schema_history')"))
          .containsExactly("null");
      other.commit();
      assertThat(ours.get()).isEqualTo(1);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"LATIN1", "SQL_ASCII"})
  void aDatabaseThatDoesNotKeepEveryTextIsRefusedWithTheWayOut(String encoding) {
    try (TestDatabase other = TestDatabase.postgresIn(encoding)) {
      DataSource pool = other.pool();
      assertThatThrownBy(() -> OutboxMigrations.of(pool).migrate())
          .hasStackTraceContaining("needs a database with encoding UTF8, and this one has")
          .hasStackTraceContaining(encoding);
    }
  }

  @Test
  void oneConnectionIsEnoughAndItsSessionIsAsItWas() throws Exception {
    DataSource pool = database().pool(config -> config.setMaximumPoolSize(1));
    String session =
        "SELECT pg_backend_pid(), current_setting('search_path'), current_setting('role'),"
            + " (SELECT string_agg(name || '=' || setting, ' ' ORDER BY name) FROM pg_settings"
            + " WHERE source = 'session'), (SELECT count(*) FROM pg_locks WHERE locktype ="
            + " 'advisory' AND pid = pg_backend_pid())";
    for (String path : List.of("", "SET search_path TO elsewhere, public")) {
      if (!path.isEmpty()) {
        Sql.execute(pool, path);
      }
      List<String> before = Sql.query(pool, session);
      OutboxMigrations.of(pool).inSchema("events").migrate();
      assertThat(Sql.query(pool, session)).isEqualTo(before);
    }
    assertThat(Sql.count(pool, "events.outbox")).isZero();
  }

  @Test
  void aMigrationThatFailsLeavesNothing() throws Exception {
    Sql.execute(dataSource, "CREATE TABLE outbox_delivered (id integer)");
    DataSource pool = database().pool(config -> config.setMaximumPoolSize(1));
    assertThatThrownBy(() -> OutboxMigrations.of(pool).migrate())
        .isInstanceOf(FlywayException.class);
    assertThat(
            Sql.query(pool, "SELECT to_regclass('outbox'), to_regclass('outbox_schema_history')"))
        .containsExactly("null|null");
    Sql.execute(pool, "DROP TABLE outbox_delivered");
    assertThat(OutboxMigrations.of(pool).migrate()).isEqualTo(1);
  }
}
