package io.durableoutbox.jdbc.internal;

import io.durableoutbox.testdb.TestDatabase;

class DiagnosisOnMySql extends MySqlDiagnosisContract {
  @Override
  protected TestDatabase newDatabase() {
    return TestDatabase.mysql();
  }
}
