package io.durableoutbox.jdbc;

import io.durableoutbox.testdb.TestDatabase;

class PostgresUnusualDataTest extends UnusualDataContract {
  @Override
  protected TestDatabase newDatabase() {
    return TestDatabase.postgres();
  }
}
