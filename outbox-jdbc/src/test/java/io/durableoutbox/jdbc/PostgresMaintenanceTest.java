package io.durableoutbox.jdbc;

import io.durableoutbox.testdb.TestDatabase;

class PostgresMaintenanceTest extends MaintenanceContract {
  @Override
  protected TestDatabase newDatabase() {
    return TestDatabase.postgres();
  }
}
