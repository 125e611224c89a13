package io.durableoutbox.jdbc.internal;

import io.durableoutbox.testdb.TestDatabase;

class OldestPostgresDiagnosisTest extends PostgresDiagnosisContract {
  @Override
  protected TestDatabase newDatabase() {
    return TestDatabase.oldestPostgres();
  }
}
