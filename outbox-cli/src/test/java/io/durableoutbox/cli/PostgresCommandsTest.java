package io.durableoutbox.cli;

import io.durableoutbox.testdb.TestDatabase;

class PostgresCommandsTest extends CommandsContract {
  @Override
  TestDatabase database() {
    return TestDatabase.postgres();
  }
}
