package io.durableoutbox.migrations;

import io.durableoutbox.testdb.TestDatabase;

class PostgresSchemaTest extends PostgresSchemaContract {
  @Override
  TestDatabase newDatabase() {
    return TestDatabase.postgres();
  }
}
