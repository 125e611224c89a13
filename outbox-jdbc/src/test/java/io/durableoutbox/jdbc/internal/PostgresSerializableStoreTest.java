package io.durableoutbox.jdbc.internal;

import com.zaxxer.hikari.HikariConfig;
import io.durableoutbox.testdb.TestDatabase;

class PostgresSerializableStoreTest extends StoreContract {
  @Override
  protected TestDatabase newDatabase() {
    return TestDatabase.postgres();
  }

  @Override
  protected void setUp(HikariConfig config) {
    config.setTransactionIsolation("TRANSACTION_SERIALIZABLE");
  }
}
