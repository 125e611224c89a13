package io.durableoutbox.jdbc.internal;

import io.durableoutbox.testdb.TestDatabase;

class MariaDbStoreTest extends StoreContract {
  @Override
  protected TestDatabase newDatabase() {
    return TestDatabase.mariadb();
  }
}
