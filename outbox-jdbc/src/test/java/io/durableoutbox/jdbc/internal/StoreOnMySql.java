package io.durableoutbox.jdbc.internal;

import io.durableoutbox.testdb.TestDatabase;

class StoreOnMySql extends StoreContract {
  @Override
  protected TestDatabase newDatabase() {
    return TestDatabase.mysql();
  }
}
