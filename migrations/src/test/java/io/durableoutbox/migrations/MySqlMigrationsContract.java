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

/** What running the migrations promises on MariaDB and MySQL alone. */
abstract class MySqlMigrationsContract extends MigrationsContract {
  @Override
  List<String> catalog(DataSource dataSource) throws SQLException {
    return Catalog.mysql(dataSource);
  }

  @Override
  void run(String script, TestDatabase database) throws SQLException {
    Sql.execute(
        database.pool(config -> config.addDataSourceProperty("allowMultiQueries", "true")), script);
  }

  @Override
  DataSource readOnly() {
    return database().pool(c -> c.setConnectionInitSql("SET SESSION TRANSACTION READ ONLY"));
  }

  @Test
  void aReplicaIsRefused() throws Exception {
    OutboxMigrations.of(dataSource).migrate();
    String login = named("owner");
    Sql.execute(dataSource, "CREATE USER " + login + " IDENTIFIED BY 'secret'");
    Sql.execute(dataSource, "GRANT ALL ON " + named("").replaceFirst("_$", "") + ".* TO " + login);
    try (var pool =
        database()
            .pool(
                config -> {
                  config.setUsername(login);
                  config.setPassword("secret");
                })) {
      OutboxMigrations migrations = OutboxMigrations.of(pool);
      assertThat(migrations.migrate()).isZero();
      Sql.execute(dataSource, "SET GLOBAL read_only = 1");
      try {
        assertThatThrownBy(migrations::migrate).hasMessageContaining("read_only is on");
      } finally {
        Sql.execute(dataSource, "SET GLOBAL read_only = 0");
      }
    } finally {
      Sql.execute(dataSource, "DROP USER " + login);
    }
  }

  @Override
  String named(String name) {
    try (Connection connection = dataSource.getConnection()) {
      return schema(connection) + "_" + name;
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void itWaitsWhileAnotherProcessMigrates() throws Exception {
    try (Connection other = dataSource.getConnection()) {
      Sql.query(other, "SELECT GET_LOCK('" + OutboxMigrations.LOCK_NAME + "', 0)");
      var ours = CompletableFuture.supplyAsync(() -> OutboxMigrations.of(dataSource).migrate());
      String waiting =
          "SELECT id FROM information_schema.processlist WHERE state = 'User lock' AND db ="
              + " DATABASE()";
      while (Sql.query(other, waiting).isEmpty()) {
        assertThat(ours).isNotDone();
      }
      assertThat(Sql.query(other, "SHOW TABLES LIKE 'outbox%'")).isEmpty();
      Sql.query(other, "SELECT RELEASE_LOCK('" + OutboxMigrations.LOCK_NAME + "')");
      assertThat(ours.get()).isEqualTo(1);
    }
  }
}
