package io.durableoutbox.jdbc;

import io.durableoutbox.testdb.TestDatabase;

class H2MaintenanceTest extends MaintenanceContract {
  @Override
  protected TestDatabase newDatabase() {
    return TestDatabase.h2();
  }
}
