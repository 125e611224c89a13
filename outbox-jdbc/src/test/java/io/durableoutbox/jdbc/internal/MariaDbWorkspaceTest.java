package io.durableoutbox.jdbc.internal;

import io.durableoutbox.testdb.TestDatabase;

class MariaDbWorkspaceTest extends WorkspaceContract {
  @Override
  protected TestDatabase newDatabase() {
    return TestDatabase.mariadb();
  }
}
