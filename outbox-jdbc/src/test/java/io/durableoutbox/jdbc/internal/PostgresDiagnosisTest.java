package io.durableoutbox.jdbc.internal;

import io.durableoutbox.testdb.TestDatabase;

class PostgresDiagnosisTest extends PostgresDiagnosisContract {
  @Override
  protected TestDatabase newDatabase() {
    return TestDatabase.postgres();
  }
}
