package io.durableoutbox.jdbc;

import io.durableoutbox.testdb.TestDatabase;

class MariaDbDeliveryTest extends DeliveryContract {
  @Override
  protected TestDatabase newDatabase() {
    return TestDatabase.mariadb();
  }
}
