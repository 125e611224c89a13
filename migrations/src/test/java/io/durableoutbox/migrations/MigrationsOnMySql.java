package io.durableoutbox.migrations;

import io.durableoutbox.testdb.TestDatabase;

class MigrationsOnMySql extends MySqlMigrationsContract {
  @Override
  TestDatabase newDatabase() {
    return TestDatabase.mysql();
  }
}
