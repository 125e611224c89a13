package io.durableoutbox.jdbc.internal;

import io.durableoutbox.migrations.OutboxMigrations;
import io.durableoutbox.testdb.TestDatabase;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/**
 * A pool that lends a connection with the schema that its last user has chosen, as tenants have
 * them.
 */
class MariaDbOtherSchemaStoreTest extends StoreContract {
  @Override
  protected TestDatabase newDatabase() {
    return TestDatabase.mariadb();
  }

  private volatile boolean made;

  @BeforeAll
  void makeAnother() {
    OutboxMigrations.of(db.pool).inSchema("elsewhere").migrate();
    made = true;
  }

  @AfterAll
  void dropAnother() {
    made = false;
    db.execute("DROP SCHEMA \"elsewhere\" CASCADE");
  }

  @Override
  protected DataSource lending() {
    return WrappedPool.used(
        db.database.pool(),
        connection -> {
          if (made) {
            connection.setCatalog("elsewhere");
          }
        });
  }
}
