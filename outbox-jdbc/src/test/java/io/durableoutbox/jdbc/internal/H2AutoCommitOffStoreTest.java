package io.durableoutbox.jdbc.internal;

import com.zaxxer.hikari.HikariConfig;
import io.durableoutbox.testdb.TestDatabase;

class H2AutoCommitOffStoreTest extends StoreContract {
  @Override
  protected TestDatabase newDatabase() {
    return TestDatabase.h2();
  }

  @Override
  protected void setUp(HikariConfig config) {
    config.setAutoCommit(false);
  }
}
