package io.durableoutbox.jdbc.internal;

import io.durableoutbox.testdb.TestDatabase;
import java.sql.SQLException;

class H2TransactionsTest extends TransactionsContract {
  @Override
  protected TestDatabase newDatabase() {
    return TestDatabase.h2();
  }

  @Override
  SQLException readOnly() {
    return new SQLException("read-only", "90097", 90097);
  }

  @Override
  String settings() {
    return "SELECT SETTING_NAME, SETTING_VALUE FROM INFORMATION_SCHEMA.SETTINGS WHERE SETTING_NAME"
        + " NOT LIKE 'info.%' UNION ALL SELECT 'LOCK_TIMEOUT', CAST(LOCK_TIMEOUT() AS VARCHAR)"
        + " ORDER BY 1";
  }
}
