package io.durableoutbox.jdbc;

import io.durableoutbox.testdb.TestDatabase;

class PostgresErasureTest extends ErasureContract {
  @Override
  protected TestDatabase newDatabase() {
    return TestDatabase.postgres();
  }
}
