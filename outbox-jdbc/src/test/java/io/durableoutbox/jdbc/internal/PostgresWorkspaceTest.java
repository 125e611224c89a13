package io.durableoutbox.jdbc.internal;

import io.durableoutbox.testdb.TestDatabase;

class PostgresWorkspaceTest extends WorkspaceContract {
  @Override
  protected TestDatabase newDatabase() {
    return TestDatabase.postgres();
  }
}
