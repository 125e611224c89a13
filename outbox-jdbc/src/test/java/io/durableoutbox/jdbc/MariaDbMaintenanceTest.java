package io.durableoutbox.jdbc;

import io.durableoutbox.testdb.TestDatabase;

class MariaDbMaintenanceTest extends MaintenanceContract {
  @Override
  protected TestDatabase newDatabase() {
    return TestDatabase.mariadb();
  }
}
