package io.durableoutbox.jdbc;

import io.durableoutbox.testdb.TestDatabase;

class PostgresWritingTest extends WritingContract {
  @Override
  protected TestDatabase newDatabase() {
    return TestDatabase.postgres();
  }
}
