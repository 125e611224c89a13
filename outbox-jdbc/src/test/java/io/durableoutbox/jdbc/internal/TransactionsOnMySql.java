package io.durableoutbox.jdbc.internal;

import io.durableoutbox.testdb.TestDatabase;

class TransactionsOnMySql extends MariaDbTransactionsTest {
  @Override
  protected TestDatabase newDatabase() {
    return TestDatabase.mysql();
  }
}
