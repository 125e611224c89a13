package io.durableoutbox.jdbc;

import io.durableoutbox.testdb.TestDatabase;

class H2DeliveryTest extends DeliveryContract {
  @Override
  protected TestDatabase newDatabase() {
    return TestDatabase.h2();
  }
}
