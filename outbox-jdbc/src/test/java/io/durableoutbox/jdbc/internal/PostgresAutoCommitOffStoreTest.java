package io.durableoutbox.jdbc.internal;

import com.zaxxer.hikari.HikariConfig;
import io.durableoutbox.testdb.TestDatabase;

class PostgresAutoCommitOffStoreTest extends StoreContract {
  @Override
  protected TestDatabase newDatabase() {
    return TestDatabase.postgres();
  }

  @Override
  protected void setUp(HikariConfig config) {
    config.setAutoCommit(false);
  }
}
