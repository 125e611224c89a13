package io.durableoutbox.benchmarks.hot;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;

/** The database that the report's process has made, seen from JMH's. */
public final class HotDatabase implements AutoCloseable {
  /** The system property that names its JDBC URL. */
  public static final String URL = "outbox.benchmarks.jdbcUrl";

  final HikariDataSource pool;

  HotDatabase() {
    HikariConfig config = new HikariConfig();
    config.setJdbcUrl(System.getProperty(URL));
    // Those of every server that the tests start.
    config.setUsername("postgres");
    config.setPassword("postgres");
    config.setMaximumPoolSize(2);
    pool = new HikariDataSource(config);
  }

  /** Returns a connection with a transaction open. */
  Connection begin() {
    try {
      Connection connection = pool.getConnection();
      connection.setAutoCommit(false);
      return connection;
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  void execute(String... statements) throws SQLException {
    try (Connection connection = pool.getConnection();
        Statement statement = connection.createStatement()) {
      for (String sql : statements) {
        statement.execute(sql);
      }
    }
  }

  @Override
  public void close() {
    pool.close();
  }
}
