package io.durableoutbox.jdbc;

import io.durableoutbox.testdb.TestDatabase;

class PostgresDeliveryTest extends DeliveryContract {
  @Override
  protected TestDatabase newDatabase() {
    return TestDatabase.postgres();
  }
}
