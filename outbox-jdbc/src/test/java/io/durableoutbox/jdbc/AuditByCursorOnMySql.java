package io.durableoutbox.jdbc;

import com.zaxxer.hikari.HikariConfig;
import io.durableoutbox.testdb.TestDatabase;

/** The driver says of a literal NULL that it is bytes. */
class AuditByCursorOnMySql extends AuditContract {
  @Override
  protected TestDatabase newDatabase() {
    return TestDatabase.mysql();
  }

  @Override
  protected void setUp(HikariConfig config) {
    config.addDataSourceProperty("useServerPrepStmts", "true");
    config.addDataSourceProperty("useCursorFetch", "true");
    config.addDataSourceProperty("defaultFetchSize", "50");
  }
}
