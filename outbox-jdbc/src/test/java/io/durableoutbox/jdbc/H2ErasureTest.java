package io.durableoutbox.jdbc;

import io.durableoutbox.testdb.TestDatabase;

class H2ErasureTest extends ErasureContract {
  @Override
  protected TestDatabase newDatabase() {
    return TestDatabase.h2();
  }
}
