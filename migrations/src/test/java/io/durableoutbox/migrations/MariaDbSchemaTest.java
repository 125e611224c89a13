package io.durableoutbox.migrations;

import io.durableoutbox.testdb.TestDatabase;

class MariaDbSchemaTest extends MySqlSchemaContract {
  @Override
  TestDatabase newDatabase() {
    return TestDatabase.mariadb();
  }
}
