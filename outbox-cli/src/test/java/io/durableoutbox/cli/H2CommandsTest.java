package io.durableoutbox.cli;

import io.durableoutbox.testdb.TestDatabase;

class H2CommandsTest extends CommandsContract {
  @Override
  TestDatabase database() {
    return TestDatabase.h2();
  }
}
