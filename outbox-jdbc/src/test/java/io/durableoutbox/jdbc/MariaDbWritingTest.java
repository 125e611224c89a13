package io.durableoutbox.jdbc;

import io.durableoutbox.testdb.TestDatabase;

class MariaDbWritingTest extends WritingContract {
  @Override
  protected TestDatabase newDatabase() {
    return TestDatabase.mariadb();
  }
}
