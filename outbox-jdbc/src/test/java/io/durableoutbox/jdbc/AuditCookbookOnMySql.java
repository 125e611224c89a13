package io.durableoutbox.jdbc;

import io.durableoutbox.testdb.TestDatabase;

class AuditCookbookOnMySql extends AuditCookbookContract {
  @Override
  protected TestDatabase newDatabase() {
    return TestDatabase.mysql();
  }
}
