package io.durableoutbox.migrations;

import io.durableoutbox.testdb.TestDatabase;

class OldestPostgresSchemaTest extends PostgresSchemaContract {
  @Override
  TestDatabase newDatabase() {
    return TestDatabase.oldestPostgres();
  }
}
