package io.durableoutbox.migrations;

import io.durableoutbox.testdb.TestDatabase;

class OldestPostgresMigrationsTest extends PostgresMigrationsTest {
  @Override
  TestDatabase newDatabase() {
    return TestDatabase.oldestPostgres();
  }
}
