package io.durableoutbox.jdbc;

import io.durableoutbox.testdb.TestDatabase;

class PostgresAuditTest extends AuditContract {
  @Override
  protected TestDatabase newDatabase() {
    return TestDatabase.postgres();
  }
}
