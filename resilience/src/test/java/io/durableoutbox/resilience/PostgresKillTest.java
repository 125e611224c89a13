package io.durableoutbox.resilience;

import io.durableoutbox.testdb.TestDatabase;

class PostgresKillTest extends KillContract {
  @Override
  TestDatabase newDatabase() {
    return TestDatabase.postgres();
  }

  @Override
  int rounds() {
    return 10;
  }
}
