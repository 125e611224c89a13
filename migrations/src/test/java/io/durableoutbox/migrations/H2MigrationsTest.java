package io.durableoutbox.migrations;

import static org.assertj.core.api.Assertions.assertThat;

import io.durableoutbox.testdb.TestDatabase;
import java.sql.SQLException;
import java.util.List;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;

class H2MigrationsTest extends MigrationsContract {
  @Override
  TestDatabase newDatabase() {
    return TestDatabase.h2();
  }

  @Override
  List<String> catalog(DataSource dataSource) throws SQLException {
    return query(dataSource, "SCRIPT NODATA NOPASSWORDS NOSETTINGS").stream()
        .filter(line -> line.contains("OUTBOX") && !line.contains("outbox_schema_history"))
        .map(line -> line.replaceAll("SYSTEM_SEQUENCE_\\w+", "SEQUENCE"))
        .toList();
  }

  @Test
  void everyTableAndColumnHasAComment() throws Exception {
    OutboxMigrations.of(dataSource).migrate();
    assertThat(
            query(
                dataSource,
                "SELECT table_name FROM information_schema.tables WHERE table_name LIKE 'OUTBOX%'"
                    + " AND remarks IS NULL UNION ALL SELECT table_name || '.' || column_name FROM"
                    + " information_schema.columns WHERE table_name IN ('OUTBOX',"
                    + " 'OUTBOX_DELIVERED', 'OUTBOX_REJECTED', 'OUTBOX_REQUEST', 'OUTBOX_ATTEMPT',"
                    + " 'OUTBOX_WORKSPACE') AND remarks IS NULL"))
        .isEmpty();
  }
}
