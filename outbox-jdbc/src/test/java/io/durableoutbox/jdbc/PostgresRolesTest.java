package io.durableoutbox.jdbc;

import io.durableoutbox.testdb.TestDatabase;

class PostgresRolesTest extends RolesContract {
  @Override
  protected TestDatabase newDatabase() {
    return TestDatabase.postgres();
  }
}
