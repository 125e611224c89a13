package io.durableoutbox.jdbc.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.durableoutbox.OutboxException;
import io.durableoutbox.jdbc.Diagnosis;
import io.durableoutbox.jdbc.JdbcOutbox;
import io.durableoutbox.jdbc.internal.diagnosis.Diagnoser;
import io.durableoutbox.jdbc.internal.dialect.Dialect;
import io.durableoutbox.jdbc.internal.sql.Transactions;
import io.durableoutbox.migrations.OutboxMigrations;
import io.durableoutbox.testdb.TestDatabase;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.Statement;
import java.util.Objects;
import java.util.function.Consumer;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;

/**
 * A database or a connection that changes texts, or can't hold them, is refused before it is used.
 */
class TextEncodingTest {
  @Test
  void anOutboxIsNotMadeInAPostgresDatabaseThatIsNotUtf8() throws Exception {
    refused("LATIN1");
    refused("SQL_ASCII");
  }

  private static void refused(String encoding) throws Exception {
    try (TestDatabase database = TestDatabase.postgresIn(encoding)) {
      DataSource pool = database.pool();
      try (Connection connection = pool.getConnection();
          Statement statement = connection.createStatement()) {
        statement.execute(withoutItsCheck());
      }
      assertThatThrownBy(() -> JdbcOutbox.create(pool))
          .isInstanceOf(OutboxException.class)
          .hasMessageContaining("encoding is " + encoding)
          .hasMessageContaining("needs UTF8")
          .hasMessageContaining("pg_restore");
      assertThat(diagnosis(pool).findings())
          .anySatisfy(
              finding -> {
                assertThat(finding.code()).isEqualTo("encoding");
                assertThat(finding.severity()).isEqualTo(Diagnosis.Severity.CRITICAL);
                assertThat(finding.message()).contains(encoding);
              });
    }
  }

  /** As it may have been made by hand. */
  private static String withoutItsCheck() throws Exception {
    try (InputStream in =
        Objects.requireNonNull(
            OutboxMigrations.class.getResourceAsStream(
                "/durable-outbox/postgresql/V1__outbox.sql"))) {
      String script = new String(in.readAllBytes(), StandardCharsets.UTF_8);
      return script.substring(script.indexOf("CREATE TABLE outbox ("));
    }
  }

  @Test
  void anOutboxIsNotMadeOnAConnectionThatChangesTextsOnTheirWayToMariaDb() {
    try (TestDatabase database = TestDatabase.mariadb()) {
      OutboxMigrations.of(database.pool()).migrate();
      assertThat(diagnosis(database.pool()).isHealthy()).isTrue();
      // MariaDB's driver refuses latin1 by itself.
      refused(database, "utf8mb3", config -> config.setConnectionInitSql("SET NAMES utf8mb3"));
      refused(
          database,
          "latin1",
          config ->
              config.setJdbcUrl(
                  config.getJdbcUrl().replaceFirst("jdbc:mariadb:(.*)[?].*", "jdbc:mysql:$1")
                      + "?characterEncoding=ISO-8859-1"));
    }
  }

  private static void refused(
      TestDatabase database, String charset, Consumer<HikariConfig> settings) {
    try (HikariDataSource pool = database.pool(settings)) {
      assertThatThrownBy(() -> JdbcOutbox.create(pool))
          .isInstanceOf(OutboxException.class)
          .hasMessageContaining("character set is " + charset)
          .hasMessageContaining("needs utf8mb4")
          .hasMessageContaining("characterEncoding");
      assertThat(diagnosis(pool).findings())
          .extracting(Diagnosis.Finding::code)
          .contains("encoding");
    }
  }

  private static Diagnosis diagnosis(DataSource pool) {
    Transactions transactions = Transactions.on(pool);
    Dialect dialect =
        transactions.run("find the dialect", connection -> Families.dialect(connection, null));
    return new Diagnoser(dialect, transactions).run();
  }
}
