package io.durableoutbox.resilience;

import io.durableoutbox.testdb.TestDatabase;

class MariaDbKillTest extends KillContract {
  @Override
  TestDatabase newDatabase() {
    return TestDatabase.mariadb();
  }

  @Override
  int rounds() {
    return 3;
  }
}
