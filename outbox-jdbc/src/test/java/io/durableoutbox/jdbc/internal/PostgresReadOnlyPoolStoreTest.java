package io.durableoutbox.jdbc.internal;

import io.durableoutbox.testdb.TestDatabase;
import javax.sql.DataSource;

/** A pool whose connections are read-only unless somebody says otherwise. */
class PostgresReadOnlyPoolStoreTest extends StoreContract {
  @Override
  protected TestDatabase newDatabase() {
    return TestDatabase.postgres();
  }

  @Override
  protected DataSource lending() {
    return db.database.pool(config -> config.setReadOnly(true));
  }
}
