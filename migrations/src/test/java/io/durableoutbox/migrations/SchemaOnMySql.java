package io.durableoutbox.migrations;

import io.durableoutbox.testdb.TestDatabase;

class SchemaOnMySql extends MySqlSchemaContract {
  @Override
  TestDatabase newDatabase() {
    return TestDatabase.mysql();
  }
}
