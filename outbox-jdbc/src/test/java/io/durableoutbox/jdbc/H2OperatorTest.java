package io.durableoutbox.jdbc;

import io.durableoutbox.testdb.TestDatabase;

class H2OperatorTest extends OperatorContract {
  @Override
  protected TestDatabase newDatabase() {
    return TestDatabase.h2();
  }
}
