package io.durableoutbox.jdbc;

import com.zaxxer.hikari.HikariConfig;
import io.durableoutbox.testdb.TestDatabase;

/** One connection for two relays and the application, with auto-commit off. */
class PostgresSmallPoolDeliveryTest extends DeliveryContract {
  @Override
  protected TestDatabase newDatabase() {
    return TestDatabase.postgres();
  }

  @Override
  protected void setUp(HikariConfig config) {
    config.setMaximumPoolSize(1);
    config.setAutoCommit(false);
  }
}
