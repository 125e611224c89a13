package io.durableoutbox.jdbc;

import com.zaxxer.hikari.HikariConfig;
import io.durableoutbox.testdb.TestDatabase;

/** The server prepares the statements and tells the driver the types of what comes back. */
class OperatorByPreparedStatementsOnMySql extends OperatorContract {
  @Override
  protected TestDatabase newDatabase() {
    return TestDatabase.mysql();
  }

  @Override
  protected void setUp(HikariConfig config) {
    config.addDataSourceProperty("useServerPrepStmts", "true");
    config.addDataSourceProperty("cachePrepStmts", "true");
    config.addDataSourceProperty("useCursorFetch", "true");
    config.addDataSourceProperty("defaultFetchSize", "50");
  }
}
