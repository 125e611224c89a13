package io.durableoutbox.jdbc;

import io.durableoutbox.testdb.TestDatabase;

class H2BacklogTest extends BacklogContract {
  @Override
  protected TestDatabase newDatabase() {
    return TestDatabase.h2();
  }
}
