package io.durableoutbox.migrations;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.durableoutbox.testdb.TestDatabase;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import javax.sql.DataSource;
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
}
