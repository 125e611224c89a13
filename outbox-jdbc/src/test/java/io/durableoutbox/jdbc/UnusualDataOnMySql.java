package io.durableoutbox.jdbc;

import io.durableoutbox.testdb.TestDatabase;

class UnusualDataOnMySql extends UnusualDataContract {
  @Override
  protected TestDatabase newDatabase() {
    return TestDatabase.mysql();
  }
}
