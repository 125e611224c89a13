package io.durableoutbox.jdbc.internal;

import io.durableoutbox.testdb.TestDatabase;
import java.sql.SQLException;

class MariaDbTransactionsTest extends ServerTransactionsContract {
  @Override
  protected TestDatabase newDatabase() {
    return TestDatabase.mariadb();
  }

  @Override
  SQLException readOnly() {
    return new SQLException("read-only", "HY000", 1290);
  }
}
