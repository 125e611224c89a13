package io.durableoutbox.jdbc.internal;

import io.durableoutbox.testdb.TestDatabase;
import javax.sql.DataSource;
import org.apache.tomcat.jdbc.pool.PoolProperties;
import org.junit.jupiter.api.AfterAll;

/** A pool that neither ends transactions nor sets anything back, unless it is told to. */
class PostgresTomcatPoolStoreTest extends StoreContract {
  @Override
  protected TestDatabase newDatabase() {
    return TestDatabase.postgres();
  }

  @SuppressWarnings("NullAway.Init")
  private org.apache.tomcat.jdbc.pool.DataSource pool;

  @Override
  protected DataSource lending() {
    PoolProperties properties = new PoolProperties();
    properties.setUrl(db.database.jdbcUrl());
    properties.setUsername(db.database.user());
    properties.setPassword(db.database.password());
    properties.setInitialSize(0);
    properties.setMinIdle(0);
    properties.setMaxActive(5);
    properties.setJmxEnabled(false);
    pool = new org.apache.tomcat.jdbc.pool.DataSource(properties);
    return pool;
  }

  @AfterAll
  void closePool() {
    pool.close();
  }
}
