package io.durableoutbox.jdbc;

import io.durableoutbox.testdb.TestDatabase;

class PostgresOperatorTest extends OperatorContract {
  @Override
  protected TestDatabase newDatabase() {
    return TestDatabase.postgres();
  }
}
