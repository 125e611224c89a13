package io.durableoutbox.resilience;

import io.durableoutbox.testdb.TestDatabase;

class ClusterTest extends ClusterContract {
  @Override
  TestDatabase newDatabase() {
    return TestDatabase.mariadb();
  }
}
