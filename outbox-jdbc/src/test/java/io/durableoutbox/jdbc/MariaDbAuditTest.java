package io.durableoutbox.jdbc;

import io.durableoutbox.testdb.TestDatabase;

class MariaDbAuditTest extends AuditContract {
  @Override
  protected TestDatabase newDatabase() {
    return TestDatabase.mariadb();
  }
}
