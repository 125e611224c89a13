package io.durableoutbox.jdbc.internal;

import com.zaxxer.hikari.HikariConfig;
import io.durableoutbox.testdb.TestDatabase;

/** The driver sends a text with quotes as bytes. */
class StoreWithoutBackslashEscapesOnMySql extends StoreContract {
  @Override
  protected TestDatabase newDatabase() {
    return TestDatabase.mysql();
  }

  @Override
  protected void setUp(HikariConfig config) {
    config.setConnectionInitSql("SET sql_mode = CONCAT(@@sql_mode, ',NO_BACKSLASH_ESCAPES')");
  }
}
