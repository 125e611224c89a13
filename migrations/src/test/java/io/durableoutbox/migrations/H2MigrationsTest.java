package io.durableoutbox.migrations;

import io.durableoutbox.testdb.TestDatabase;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;
import javax.sql.DataSource;
import org.junit.jupiter.api.io.TempDir;

class H2MigrationsTest extends MigrationsContract {
  @TempDir Path directory = Path.of(".");

  @Override
  TestDatabase newDatabase() {
    return TestDatabase.h2();
  }

  @Override
  List<String> catalog(DataSource dataSource) throws SQLException {
    return Catalog.h2(dataSource);
  }

  @Override
  DataSource readOnly() {
    String url = "jdbc:h2:file:" + directory.resolve("outbox").toAbsolutePath();
    try (var writing = database().pool(config -> config.setJdbcUrl(url))) {
      OutboxMigrations.of(writing).migrate();
    }
    return database().pool(config -> config.setJdbcUrl(url + ";ACCESS_MODE_DATA=r"));
  }
}
