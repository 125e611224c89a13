package io.durableoutbox.resilience;

import io.durableoutbox.testdb.TestDatabase;

class KillOnMySql extends KillContract {
  @Override
  TestDatabase newDatabase() {
    return TestDatabase.mysql();
  }

  @Override
  int rounds() {
    return 3;
  }
}
