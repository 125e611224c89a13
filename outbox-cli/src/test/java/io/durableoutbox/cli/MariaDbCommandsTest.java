package io.durableoutbox.cli;

import io.durableoutbox.testdb.TestDatabase;

class MariaDbCommandsTest extends MySqlCommandsContract {
  @Override
  TestDatabase database() {
    return TestDatabase.mariadb();
  }
}
