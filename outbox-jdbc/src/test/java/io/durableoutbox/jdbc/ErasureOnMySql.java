package io.durableoutbox.jdbc;

import io.durableoutbox.testdb.TestDatabase;

class ErasureOnMySql extends ErasureContract {
  @Override
  protected TestDatabase newDatabase() {
    return TestDatabase.mysql();
  }
}
