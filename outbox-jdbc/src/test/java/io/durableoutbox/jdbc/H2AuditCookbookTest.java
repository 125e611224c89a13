package io.durableoutbox.jdbc;

import io.durableoutbox.testdb.TestDatabase;

class H2AuditCookbookTest extends AuditCookbookContract {
  @Override
  protected TestDatabase newDatabase() {
    return TestDatabase.h2();
  }
}
