package io.durableoutbox.jdbc.internal;

import com.zaxxer.hikari.HikariConfig;
import io.durableoutbox.testdb.TestDatabase;

/** MySQL's driver says that the server is MySQL. */
class MariaDbByMySqlDriverStoreTest extends StoreContract {
  @Override
  protected TestDatabase newDatabase() {
    return TestDatabase.mariadb();
  }

  @Override
  protected void setUp(HikariConfig config) {
    config.setJdbcUrl(config.getJdbcUrl().replaceFirst("jdbc:mariadb:(.*)[?].*", "jdbc:mysql:$1"));
  }
}
