package io.durableoutbox.jdbc.internal;

import io.durableoutbox.testdb.TestDatabase;

class WorkspaceOnMySql extends WorkspaceContract {
  @Override
  protected TestDatabase newDatabase() {
    return TestDatabase.mysql();
  }
}
