package io.durableoutbox.jdbc;

import io.durableoutbox.testdb.TestDatabase;

class OldestPostgresDeliveryTest extends DeliveryContract {
  @Override
  protected TestDatabase newDatabase() {
    return TestDatabase.oldestPostgres();
  }
}
