package io.durableoutbox.jdbc;

import io.durableoutbox.testdb.TestDatabase;

class H2AuditTest extends AuditContract {
  @Override
  protected TestDatabase newDatabase() {
    return TestDatabase.h2();
  }
}
