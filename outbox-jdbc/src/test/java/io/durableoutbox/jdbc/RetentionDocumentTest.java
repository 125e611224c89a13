package io.durableoutbox.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import io.durableoutbox.testdb.TestDatabase;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The SQL of docs/retention.md runs as it is, on the families that it is for. */
class RetentionDocumentTest {
  private static final Pattern OF_POSTGRES = Pattern.compile("pg_|outbox_delivered_default");
  private static final Pattern OF_MYSQL = Pattern.compile("data_length");

  @Test
  void onPostgres() throws IOException {
    assertThat(run(TestDatabase.postgres(), OF_MYSQL)).isEqualTo(7);
  }

  @Test
  void onMariaDb() throws IOException {
    assertThat(run(TestDatabase.mariadb(), OF_POSTGRES)).isEqualTo(3);
  }

  @Test
  void onH2() throws IOException {
    assertThat(run(TestDatabase.h2(), Pattern.compile(OF_POSTGRES + "|" + OF_MYSQL))).isEqualTo(2);
  }

  /** Runs the statements of all blocks but those for others, and returns how many. */
  private static int run(TestDatabase database, Pattern ofOthers) throws IOException {
    int statements = 0;
    try (TestOutbox db = new TestOutbox(database, config -> {})) {
      Matcher block =
          Pattern.compile("```sql\n(.*?)```", Pattern.DOTALL)
              .matcher(Files.readString(Path.of("../docs/retention.md")));
      while (block.find()) {
        if (!ofOthers.matcher(block.group(1)).find()) {
          for (String statement : block.group(1).replaceAll("--.*", "").split(";", -1)) {
            if (!statement.isBlank()) {
              db.execute(statement);
              statements++;
            }
          }
        }
      }
    }
    return statements;
  }
}
