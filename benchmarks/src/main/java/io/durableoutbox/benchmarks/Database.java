package io.durableoutbox.benchmarks;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.durableoutbox.jdbc.JdbcOutbox;
import io.durableoutbox.migrations.OutboxMigrations;
import io.durableoutbox.testdb.PrivateMariaDb;
import io.durableoutbox.testdb.PrivatePostgres;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
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

  /** As durable as PostgreSQL's, and with as much memory. */
  static final String[] MARIADB_SERVER = {
    "--innodb-buffer-pool-size=1G",
    "--innodb-log-file-size=1G",
    "--innodb-flush-log-at-trx-commit=1",
    "--max-connections=100"
  };

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
    return create(server.jdbcUrl(), server.user(), server.password(), "postgres", name);
  }

  /** Makes it and migrates it. */
  static Database create(PrivateMariaDb server, String name) throws SQLException {
    return create(server.jdbcUrl(), server.user(), server.password(), "mysql", name);
  }

  private static Database create(
      String jdbcUrl, String user, String password, String home, String name) throws SQLException {
    try (Connection connection = DriverManager.getConnection(jdbcUrl, user, password);
        Statement statement = connection.createStatement()) {
      statement.execute("CREATE DATABASE " + name);
    }
    HikariConfig config = new HikariConfig();
    config.setJdbcUrl(jdbcUrl.replace("/" + home, "/" + name));
    config.setUsername(user);
    config.setPassword(password);
    config.setMaximumPoolSize(16);
    HikariDataSource pool = new HikariDataSource(config);
    OutboxMigrations.of(pool).migrate();
    Database database = new Database(config.getJdbcUrl(), pool, JdbcOutbox.create(pool));
    database.execute(
        "CREATE TABLE orders (id %s PRIMARY KEY, note varchar(100) NOT NULL)"
            .formatted(database.isPostgres() ? "bigserial" : "bigint AUTO_INCREMENT"));
    return database;
  }

  boolean isPostgres() {
    return jdbcUrl.startsWith("jdbc:postgresql:");
  }

  /** Writes so many waiting actions, as the library would have, in one statement. */
  void fill(long actions) throws SQLException {
    execute(
        ("INSERT INTO outbox (customer_id, action, event_time, platform, attributes, validated)"
                + " SELECT CONCAT('user-', n %% 50000), 'MOE_PERSONALIZATION_MESSAGE_SHOWN', %s,"
                + " 'web', '{\"cid\":\"66d55ae445921e4d35ae4368_F_T_WP_AB_2_P_0_AU_5A\",\"experience\":"
                + "\"Test Server side experience\",\"moe_locale_id\":\"0\",\"moe_variation_id\":"
                + "\"2\",\"audience_name\":\"All Users\",\"audience_id\":\"5A\"}', true FROM %s")
            .formatted(
                isPostgres() ? "now()" : "UTC_TIMESTAMP(6)",
                isPostgres()
                    ? "generate_series(1, " + actions + ") n"
                    : "(SELECT seq AS n FROM seq_1_to_" + actions + ") s"));
  }

  /** Forgets what was delivered. */
  void forget() throws SQLException {
    for (String table : List.of("outbox_delivered", "outbox_request", "outbox_attempt")) {
      execute("TRUNCATE TABLE " + table);
    }
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
