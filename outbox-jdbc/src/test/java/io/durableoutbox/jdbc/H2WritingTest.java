package io.durableoutbox.jdbc;

import io.durableoutbox.testdb.TestDatabase;

class H2WritingTest extends WritingContract {
  @Override
  protected TestDatabase newDatabase() {
    return TestDatabase.h2();
  }
}
