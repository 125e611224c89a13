package io.durableoutbox.migrations;

import static org.assertj.core.api.Assertions.assertThat;

import io.durableoutbox.testdb.TestDatabase;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;

class SameColumnsTest {
  @Test
  void theTablesAndViewsHaveTheSameColumnsOnEveryDatabase() throws Exception {
    try (TestDatabase h2 = TestDatabase.h2();
        TestDatabase postgres = TestDatabase.postgres();
        TestDatabase mariadb = TestDatabase.mariadb()) {
      assertThat(columns(h2.pool()))
          .hasSizeGreaterThan(80)
          .isEqualTo(columns(postgres.pool()))
          .isEqualTo(columns(mariadb.pool()));
    }
  }

  private static List<String> columns(DataSource dataSource) throws SQLException {
    OutboxMigrations.of(dataSource).migrate();
    try (Connection connection = dataSource.getConnection()) {
      return Sql.query(
          connection,
          "SELECT LOWER(table_name), ordinal_position, LOWER(column_name) FROM"
              + " information_schema.columns WHERE LOWER(table_schema) IN ('public', '"
              + connection.getCatalog()
              + "') AND LOWER(table_name) LIKE 'outbox%' AND LOWER(table_name) NOT LIKE"
              + " 'outbox_schema_history' AND LOWER(table_name) NOT LIKE 'outbox_delivered_%' ORDER"
              + " BY 1, 2");
    }
  }
}
