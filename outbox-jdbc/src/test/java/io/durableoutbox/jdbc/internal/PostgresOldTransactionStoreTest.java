package io.durableoutbox.jdbc.internal;

import io.durableoutbox.testdb.TestDatabase;
import javax.sql.DataSource;

/** A pool that does not end the transactions of those who give connections back. */
class PostgresOldTransactionStoreTest extends StoreContract {
  @Override
  protected TestDatabase newDatabase() {
    return TestDatabase.postgres();
  }

  @Override
  protected DataSource lending() {
    return WrappedPool.used(db.pool, WrappedPool::leaveTransaction);
  }
}
