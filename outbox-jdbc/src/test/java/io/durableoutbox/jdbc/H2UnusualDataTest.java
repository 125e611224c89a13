package io.durableoutbox.jdbc;

import io.durableoutbox.testdb.TestDatabase;

class H2UnusualDataTest extends UnusualDataContract {
  @Override
  protected TestDatabase newDatabase() {
    return TestDatabase.h2();
  }
}
