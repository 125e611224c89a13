package io.durableoutbox.migrations;

import io.durableoutbox.testdb.TestDatabase;
import java.sql.SQLException;
import java.util.List;

class H2SchemaTest extends SchemaContract {
  @Override
  TestDatabase newDatabase() {
    return TestDatabase.h2();
  }

  @Override
  List<String> constraints() throws SQLException {
    return Sql.query(
        dataSource,
        "SELECT LOWER(constraint_name) FROM information_schema.table_constraints WHERE table_name"
            + " LIKE 'OUTBOX%'");
  }

  @Override
  List<String> withoutComment() throws SQLException {
    // H2 has no comments on a view's columns.
    return Sql.query(
        dataSource,
        "SELECT table_name FROM information_schema.tables WHERE table_name LIKE 'OUTBOX%' AND"
            + " remarks IS NULL UNION ALL SELECT c.table_name || '.' || c.column_name FROM"
            + " information_schema.columns c JOIN information_schema.tables t ON t.table_schema ="
            + " c.table_schema AND t.table_name = c.table_name WHERE c.table_name LIKE 'OUTBOX%'"
            + " AND t.table_type = 'BASE TABLE' AND c.remarks IS NULL");
  }
}
