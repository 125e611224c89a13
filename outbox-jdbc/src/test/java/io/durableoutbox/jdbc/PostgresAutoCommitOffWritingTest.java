package io.durableoutbox.jdbc;

import com.zaxxer.hikari.HikariConfig;
import io.durableoutbox.testdb.TestDatabase;

class PostgresAutoCommitOffWritingTest extends WritingContract {
  @Override
  protected TestDatabase newDatabase() {
    return TestDatabase.postgres();
  }

  @Override
  protected void setUp(HikariConfig config) {
    config.setAutoCommit(false);
  }
}
