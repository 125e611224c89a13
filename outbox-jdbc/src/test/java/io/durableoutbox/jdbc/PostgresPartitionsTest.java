package io.durableoutbox.jdbc;

import io.durableoutbox.testdb.TestDatabase;

class PostgresPartitionsTest extends PartitionsContract {
  @Override
  TestDatabase newDatabase() {
    return TestDatabase.postgres();
  }
}
