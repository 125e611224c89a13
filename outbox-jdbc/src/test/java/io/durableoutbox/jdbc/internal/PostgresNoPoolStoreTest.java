package io.durableoutbox.jdbc.internal;

import io.durableoutbox.testdb.TestDatabase;
import javax.sql.DataSource;

/** A data source that opens a connection each time. */
class PostgresNoPoolStoreTest extends StoreContract {
  @Override
  protected TestDatabase newDatabase() {
    return TestDatabase.postgres();
  }

  @Override
  protected DataSource lending() {
    return WrappedPool.plain(db.database.jdbcUrl(), db.database.user(), db.database.password());
  }
}
