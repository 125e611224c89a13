package io.durableoutbox.resilience;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;

/** Pools whose connections notice that the other end is gone. */
final class Pools {
  private Pools() {}

  static HikariDataSource open(String jdbcUrl, String user, String password, int size) {
    HikariConfig config = new HikariConfig();
    config.setJdbcUrl(jdbcUrl);
    config.setUsername(user);
    config.setPassword(password);
    config.setMaximumPoolSize(size);
    config.setConnectionTimeout(3_000);
    config.setValidationTimeout(1_000);
    config.setInitializationFailTimeout(60_000);
    // In seconds for PostgreSQL's driver, in milliseconds for the others.
    String unit = jdbcUrl.startsWith("jdbc:postgresql:") ? "" : "000";
    config.addDataSourceProperty("socketTimeout", "4" + unit);
    config.addDataSourceProperty("connectTimeout", "3" + unit);
    config.addDataSourceProperty("tcpKeepAlive", "true");
    return new HikariDataSource(config);
  }
}
