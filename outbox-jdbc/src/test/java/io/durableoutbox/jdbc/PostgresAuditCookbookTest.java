package io.durableoutbox.jdbc;

import io.durableoutbox.testdb.TestDatabase;

class PostgresAuditCookbookTest extends AuditCookbookContract {
  @Override
  protected TestDatabase newDatabase() {
    return TestDatabase.postgres();
  }
}
