package io.durableoutbox.jdbc.internal;

import io.durableoutbox.testdb.TestDatabase;

class PostgresStoreTest extends StoreContract {
  @Override
  protected TestDatabase newDatabase() {
    return TestDatabase.postgres();
  }
}
