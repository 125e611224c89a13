package io.durableoutbox.jdbc;

import io.durableoutbox.testdb.TestDatabase;

class OldestPostgresRolesTest extends RolesContract {
  @Override
  protected TestDatabase newDatabase() {
    return TestDatabase.oldestPostgres();
  }
}
