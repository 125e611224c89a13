package io.durableoutbox.jdbc.internal;

import com.zaxxer.hikari.HikariConfig;

/** MySQL's driver asks the server what MariaDB's knows. */
class MariaDbByMySqlDriverTransactionsTest extends MariaDbTransactionsTest {
  @Override
  protected void setUp(HikariConfig config) {
    config.setJdbcUrl(config.getJdbcUrl().replaceFirst("jdbc:mariadb:(.*)[?].*", "jdbc:mysql:$1"));
  }
}
