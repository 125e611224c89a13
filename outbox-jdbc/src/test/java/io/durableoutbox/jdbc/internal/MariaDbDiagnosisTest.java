package io.durableoutbox.jdbc.internal;

import io.durableoutbox.testdb.TestDatabase;

class MariaDbDiagnosisTest extends MySqlDiagnosisContract {
  @Override
  protected TestDatabase newDatabase() {
    return TestDatabase.mariadb();
  }
}
