package io.durableoutbox.jdbc;

import io.durableoutbox.testdb.TestDatabase;

class OldestPostgresAuditTest extends AuditContract {
  @Override
  protected TestDatabase newDatabase() {
    return TestDatabase.oldestPostgres();
  }
}
