package io.durableoutbox.jdbc;

import io.durableoutbox.testdb.TestDatabase;

class OldestPostgresWritingTest extends WritingContract {
  @Override
  protected TestDatabase newDatabase() {
    return TestDatabase.oldestPostgres();
  }
}
