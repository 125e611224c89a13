package io.durableoutbox.jdbc.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariDataSource;
import io.durableoutbox.OutboxException;
import io.durableoutbox.jdbc.JdbcOutbox;
import io.durableoutbox.jdbc.internal.dialect.Lookalikes;
import io.durableoutbox.migrations.OutboxMigrations;
import io.durableoutbox.testdb.TestDatabase;
import java.sql.Connection;
import java.sql.Statement;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A database that calls itself PostgreSQL or MySQL and is another is refused by its own name. */
class LookalikesTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "CockroachDB|CockroachDB CCL v23.1.11 (x86_64-pc-linux-gnu, built 2023/09/27, go1.19.10)",
        "YugabyteDB|PostgreSQL 11.2-YB-2.19.3.0-b0 on x86_64-pc-linux-gnu, compiled by clang",
        "YugabyteDB|PostgreSQL 15.2-YB-2.25.0.0-b0 on x86_64-pc-linux-gnu, compiled by clang",
        "Amazon Redshift|PostgreSQL 8.0.2 on i686-pc-linux-gnu, compiled by GCC, Redshift 1.0.56754",
        "Greenplum|PostgreSQL 9.4.26 (Greenplum Database 6.25.3 build commit:367edc6b4d)",
        "TiDB|8.0.11-TiDB-v7.5.0 TiDB Server (Apache License 2.0) Community Edition",
        "Vitess|8.0.30-Vitess Version: 18.0.2",
        "OceanBase|5.7.25-OceanBase-v4.2.1.0 OceanBase_CE 4.2.1.0",
        "SingleStore|5.7.32 SingleStoreDB source distribution (compatible; MySQL Enterprise)"
      })
  void isRefusedByItsOwnName(String name, String version) {
    assertThat(Lookalikes.refusal(version))
        .hasValueSatisfying(
            words ->
                assertThat(words).contains(name, "PostgreSQL, MariaDB or MySQL", "databases.md"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "PostgreSQL 18.6 on x86_64-pc-linux-gnu, compiled by gcc",
        "PostgreSQL 15.4 on aarch64-unknown-linux-gnu, compiled by gcc, 64-bit (Amazon Aurora)",
        "PostgreSQL 16.1 (EnterpriseDB EDB Postgres Extended Server 16.1.1)",
        "11.4.5-MariaDB-log mariadb.org binary distribution",
        "10.11.18-MariaDB-0+deb12u1 Debian 12",
        "8.0.36 Source distribution",
        "8.0.mysql_aurora.3.05.2 Source distribution",
        "8.4.2-2 Percona Server (GPL), Release 2, Revision 5d3f4a5a",
        "9.7.4 (Debian)"
      })
  void whatIsBuiltFromTheRealOneIsTaken(String version) {
    assertThat(Lookalikes.refusal(version)).isEmpty();
  }

  @Test
  void anOutboxOnOneIsRefusedWhenItIsMade() throws Exception {
    try (TestDatabase database = TestDatabase.postgres();
        HikariDataSource migrating = database.pool()) {
      OutboxMigrations.of(migrating).migrate();
      try (Connection connection = migrating.getConnection();
          Statement statement = connection.createStatement()) {
        statement.execute(
            "CREATE FUNCTION public.version() RETURNS text LANGUAGE sql AS"
                + " 'SELECT ''CockroachDB CCL v23.1.11'''");
      }
      HikariDataSource pool =
          database.pool(
              config -> config.setConnectionInitSql("SET search_path TO public, pg_catalog"));
      assertThatThrownBy(() -> JdbcOutbox.create(pool))
          .isInstanceOf(OutboxException.class)
          .hasMessageContaining("CockroachDB")
          .hasMessageContaining("locks");
    }
  }
}
