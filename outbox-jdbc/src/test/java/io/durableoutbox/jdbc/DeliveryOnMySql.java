package io.durableoutbox.jdbc;

import io.durableoutbox.testdb.TestDatabase;

class DeliveryOnMySql extends DeliveryContract {
  @Override
  protected TestDatabase newDatabase() {
    return TestDatabase.mysql();
  }
}
