package io.durableoutbox.jdbc;

import io.durableoutbox.testdb.TestDatabase;

class OperatorOnMySql extends OperatorContract {
  @Override
  protected TestDatabase newDatabase() {
    return TestDatabase.mysql();
  }
}
