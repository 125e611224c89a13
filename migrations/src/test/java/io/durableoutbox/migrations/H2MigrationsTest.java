package io.durableoutbox.migrations;

import io.durableoutbox.testdb.TestDatabase;
import java.sql.SQLException;
import java.util.List;
import javax.sql.DataSource;

class H2MigrationsTest extends MigrationsContract {
  @Override
  TestDatabase newDatabase() {
    return TestDatabase.h2();
  }

  @Override
  List<String> catalog(DataSource dataSource) throws SQLException {
    return Catalog.h2(dataSource);
  }
}
