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
}
