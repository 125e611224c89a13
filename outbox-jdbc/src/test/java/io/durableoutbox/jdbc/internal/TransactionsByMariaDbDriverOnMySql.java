package io.durableoutbox.jdbc.internal;

import com.zaxxer.hikari.HikariConfig;

/** By MariaDB's driver, which says that the server is MySQL. */
class TransactionsByMariaDbDriverOnMySql extends TransactionsOnMySql {
  @Override
  protected void setUp(HikariConfig config) {
    config.setJdbcUrl(
        config.getJdbcUrl().replaceFirst("jdbc:mysql:", "jdbc:mariadb:") + "?sslMode=trust");
  }
}
