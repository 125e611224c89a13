package io.durableoutbox.jdbc.internal;

import io.durableoutbox.testdb.TestDatabase;

class OldestPostgresStoreTest extends StoreContract {
  @Override
  protected TestDatabase newDatabase() {
    return TestDatabase.oldestPostgres();
  }
}
