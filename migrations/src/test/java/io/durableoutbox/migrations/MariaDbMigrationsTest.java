package io.durableoutbox.migrations;

import io.durableoutbox.testdb.TestDatabase;

class MariaDbMigrationsTest extends MySqlMigrationsContract {
  @Override
  TestDatabase newDatabase() {
    return TestDatabase.mariadb();
  }
}
