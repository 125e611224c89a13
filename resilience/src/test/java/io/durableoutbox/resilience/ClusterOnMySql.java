package io.durableoutbox.resilience;

import io.durableoutbox.testdb.TestDatabase;

class ClusterOnMySql extends ClusterContract {
  @Override
  TestDatabase newDatabase() {
    return TestDatabase.mysql();
  }
}
