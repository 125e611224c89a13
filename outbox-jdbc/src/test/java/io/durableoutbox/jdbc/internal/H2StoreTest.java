package io.durableoutbox.jdbc.internal;

import io.durableoutbox.testdb.TestDatabase;

class H2StoreTest extends StoreContract {
  @Override
  protected TestDatabase newDatabase() {
    return TestDatabase.h2();
  }
}
