package io.durableoutbox.jdbc.internal;

import io.durableoutbox.jdbc.Diagnosis;
import io.durableoutbox.jdbc.JdbcOutbox;
import io.durableoutbox.migrations.OutboxMigrations;
import io.durableoutbox.testdb.TestDatabase;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

class H2DiagnosisTest extends DiagnosisContract {
  @TempDir Path directory = Path.of(".");

  @Override
  protected TestDatabase newDatabase() {
    return TestDatabase.h2();
  }

  @Override
  String series(int rows) {
    return "SYSTEM_RANGE(1, " + rows + ")";
  }

  @Override
  String uuid() {
    return "RANDOM_UUID()";
  }

  @Override
  String text() {
    return "character varying(255)";
  }

  @Override
  Diagnosis diagnoseReadOnly() {
    String url = "jdbc:h2:file:" + directory.resolve("outbox").toAbsolutePath();
    try (var writing = db.database.pool(config -> config.setJdbcUrl(url))) {
      OutboxMigrations.of(writing).migrate();
    }
    try (var reading = db.database.pool(config -> config.setJdbcUrl(url + ";ACCESS_MODE_DATA=r"))) {
      return JdbcOutbox.create(reading).diagnose();
    }
  }
}
