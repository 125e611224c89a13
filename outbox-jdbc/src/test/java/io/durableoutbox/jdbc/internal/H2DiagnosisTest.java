package io.durableoutbox.jdbc.internal;

import io.durableoutbox.testdb.TestDatabase;

class H2DiagnosisTest extends DiagnosisContract {
  @Override
  protected TestDatabase newDatabase() {
    return TestDatabase.h2();
  }

  @Override
  String series(int rows) {
    return "SYSTEM_RANGE(1, " + rows + ")";
  }

  @Override
  String uuid() {
    return "RANDOM_UUID()";
  }

  @Override
  String text() {
    return "character varying(255)";
  }
}
