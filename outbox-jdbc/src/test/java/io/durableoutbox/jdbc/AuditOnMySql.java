package io.durableoutbox.jdbc;

import io.durableoutbox.testdb.TestDatabase;

class AuditOnMySql extends AuditContract {
  @Override
  protected TestDatabase newDatabase() {
    return TestDatabase.mysql();
  }
}
