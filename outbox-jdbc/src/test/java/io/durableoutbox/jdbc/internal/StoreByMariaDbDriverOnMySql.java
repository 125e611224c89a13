package io.durableoutbox.jdbc.internal;

import com.zaxxer.hikari.HikariConfig;
import io.durableoutbox.testdb.TestDatabase;

/** By MariaDB's driver, which says that the server is MySQL. */
class StoreByMariaDbDriverOnMySql extends StoreContract {
  @Override
  protected TestDatabase newDatabase() {
    return TestDatabase.mysql();
  }

  @Override
  protected void setUp(HikariConfig config) {
    config.setJdbcUrl(
        config.getJdbcUrl().replaceFirst("jdbc:mysql:", "jdbc:mariadb:") + "?sslMode=trust");
  }
}
