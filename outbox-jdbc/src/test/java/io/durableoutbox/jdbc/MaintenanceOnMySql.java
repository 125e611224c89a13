package io.durableoutbox.jdbc;

import io.durableoutbox.testdb.TestDatabase;

class MaintenanceOnMySql extends MaintenanceContract {
  @Override
  protected TestDatabase newDatabase() {
    return TestDatabase.mysql();
  }
}
