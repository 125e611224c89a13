package io.durableoutbox.jdbc;

import io.durableoutbox.migrations.OutboxMigrations;
import io.durableoutbox.testdb.TestDatabase;

class H2WritingTest extends WritingContract {
  @Override
  protected TestDatabase newDatabase() {
    return TestDatabase.h2();
  }

  @Override
  void repairAfterDdl() {
    db.execute("DROP ALL OBJECTS");
    OutboxMigrations.of(db.pool).migrate();
  }
}
