package io.durableoutbox.benchmarks;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.durableoutbox.jdbc.JdbcOutbox;
import io.durableoutbox.migrations.OutboxMigrations;
import io.durableoutbox.testdb.PrivatePostgres;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;

/** A database with an outbox on a server of the benchmark's own. */
final class Database implements AutoCloseable {
  /** What the figures are measured with: durable, and with memory for the tables that are used. */
  static final Map<String, String> SERVER =
      Map.of(
          "shared_buffers", "1GB",
          "max_wal_size", "4GB",
          "full_page_writes", "on",
          "jit", "off",
          "max_connections", "100",
          // A table that is made and filled in one transaction needs no WAL.
          "wal_level", "minimal",
          "max_wal_senders", "0");

  final String jdbcUrl;
  final HikariDataSource pool;
  final JdbcOutbox outbox;

  private Database(String jdbcUrl, HikariDataSource pool, JdbcOutbox outbox) {
    this.jdbcUrl = jdbcUrl;
    this.pool = pool;
    this.outbox = outbox;
  }

  /** Makes it and migrates it. */
  static Database create(PrivatePostgres server, String name) throws SQLException {
    try (Connection connection =
            DriverManager.getConnection(server.jdbcUrl(), server.user(), server.password());
        Statement statement = connection.createStatement()) {
      statement.execute("CREATE DATABASE " + name);
    }
    HikariConfig config = new HikariConfig();
    config.setJdbcUrl(server.jdbcUrl().replaceFirst("/[^/]+$", "/" + name));
    config.setUsername(server.user());
    config.setPassword(server.password());
    config.setMaximumPoolSize(16);
    HikariDataSource pool = new HikariDataSource(config);
    OutboxMigrations.of(pool).migrate();
    Database database = new Database(config.getJdbcUrl(), pool, JdbcOutbox.create(pool));
    database.execute("CREATE TABLE orders (id bigserial PRIMARY KEY, note text NOT NULL)");
    return database;
  }

  void execute(String sql) throws SQLException {
    try (Connection connection = pool.getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  long number(String sql) throws SQLException {
    try (Connection connection = pool.getConnection();
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      rows.next();
      return rows.getLong(1);
    }
  }

  @Override
  public void close() {
    pool.close();
  }
}
