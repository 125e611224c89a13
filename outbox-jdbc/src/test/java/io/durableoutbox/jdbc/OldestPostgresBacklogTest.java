package io.durableoutbox.jdbc;

import io.durableoutbox.testdb.TestDatabase;

class OldestPostgresBacklogTest extends BacklogContract {
  @Override
  protected TestDatabase newDatabase() {
    return TestDatabase.oldestPostgres();
  }
}
