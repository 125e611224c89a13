package io.durableoutbox.jdbc;

import io.durableoutbox.testdb.TestDatabase;

class OldestPostgresPartitionsTest extends PartitionsContract {
  @Override
  TestDatabase newDatabase() {
    return TestDatabase.oldestPostgres();
  }
}
