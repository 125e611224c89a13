package io.durableoutbox.jdbc;

import com.zaxxer.hikari.HikariConfig;
import io.durableoutbox.testdb.TestDatabase;

class MariaDbAutoCommitOffWritingTest extends WritingContract {
  @Override
  protected TestDatabase newDatabase() {
    return TestDatabase.mariadb();
  }

  @Override
  protected void setUp(HikariConfig config) {
    config.setAutoCommit(false);
  }
}
