package io.durableoutbox.jdbc.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.durableoutbox.jdbc.TestOutbox;
import io.durableoutbox.jdbc.internal.diagnosis.Diagnoser;
import io.durableoutbox.jdbc.internal.diagnosis.DiagnosisContext;
import io.durableoutbox.jdbc.internal.diagnosis.DiagnosisLimits;
import io.durableoutbox.jdbc.internal.diagnosis.SchemaDescription;
import io.durableoutbox.jdbc.internal.dialect.Dialect;
import io.durableoutbox.testdb.TestDatabase;
import java.time.Instant;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The descriptions that ship with the library are those of freshly migrated databases. */
class SchemaDescriptionTest {
  @Test
  void theDescriptionForH2IsThatOfAFreshDatabase() {
    check(TestDatabase.h2());
  }

  @Test
  void theDescriptionForPostgresIsThatOfAFreshDatabase() {
    check(TestDatabase.postgres());
  }

  @Test
  void theOldestPostgresHasTheSameDescription() {
    check(TestDatabase.oldestPostgres());
  }

  @Test
  void theDescriptionForMariaDbAndMySqlIsThatOfAFreshDatabase() {
    check(TestDatabase.mariadb());
  }

  private static void check(TestDatabase database) {
    try (TestOutbox db = new TestOutbox(database, config -> {})) {
      Dialect dialect = db.inTransaction(connection -> Families.dialect(connection, null));
      Map<String, String> actual =
          db.inTransaction(
              connection -> {
                DiagnosisContext look =
                    new DiagnosisContext(
                        dialect, connection, DiagnosisLimits.STANDARD, Instant::now);
                Diagnoser.prepare(look);
                return SchemaDescription.actual(look);
              });
      String right = text(actual);
      assertThat(text(SchemaDescription.shipped(dialect)))
          .as(
              "schema-%s.txt; after a change of the migrations it is:%n%s",
              database.family(), right)
          .isEqualTo(right);
    }
  }

  private static String text(Map<String, String> lines) {
    return lines.entrySet().stream()
        .map(line -> line.getKey() + ": " + line.getValue())
        .collect(Collectors.joining("\n"));
  }
}
