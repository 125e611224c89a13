package io.durableoutbox.jdbc;

import io.durableoutbox.testdb.TestDatabase;

class WritingOnMySql extends WritingContract {
  @Override
  protected TestDatabase newDatabase() {
    return TestDatabase.mysql();
  }
}
