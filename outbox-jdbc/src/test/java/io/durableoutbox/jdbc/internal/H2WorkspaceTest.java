package io.durableoutbox.jdbc.internal;

import io.durableoutbox.testdb.TestDatabase;

class H2WorkspaceTest extends WorkspaceContract {
  @Override
  protected TestDatabase newDatabase() {
    return TestDatabase.h2();
  }
}
