package io.durableoutbox.jdbc.internal;

import io.durableoutbox.testdb.TestDatabase;

class OldestPostgresWorkspaceTest extends WorkspaceContract {
  @Override
  protected TestDatabase newDatabase() {
    return TestDatabase.oldestPostgres();
  }
}
