package io.durableoutbox.jdbc;

import io.durableoutbox.testdb.TestDatabase;

class MariaDbUnusualDataTest extends UnusualDataContract {
  @Override
  protected TestDatabase newDatabase() {
    return TestDatabase.mariadb();
  }
}
