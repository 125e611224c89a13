package io.durableoutbox.jdbc.internal;

import io.durableoutbox.testdb.TestDatabase;
import java.sql.SQLException;

class PostgresTransactionsTest extends ServerTransactionsContract {
  @Override
  protected TestDatabase newDatabase() {
    return TestDatabase.postgres();
  }

  @Override
  SQLException readOnly() {
    return new SQLException("read-only", "25006", 0);
  }

  @Override
  String settings() {
    return "SELECT name, setting FROM pg_settings WHERE source = 'session' AND name NOT LIKE"
        + " 'transaction%' ORDER BY name";
  }
}
