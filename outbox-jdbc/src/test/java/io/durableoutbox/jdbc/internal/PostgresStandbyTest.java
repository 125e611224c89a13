package io.durableoutbox.jdbc.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariDataSource;
import io.durableoutbox.jdbc.JdbcOutbox;
import io.durableoutbox.migrations.OutboxMigrations;
import io.durableoutbox.testdb.PostgresServer;
import io.durableoutbox.testdb.PrivatePostgres;
import org.junit.jupiter.api.Test;

/** A hot standby, as a URL that names the wrong host reaches it. */
class PostgresStandbyTest {
  @Test
  void aStandbyIsCriticalAndIsNotMigrated() {
    try (PrivatePostgres server = PostgresServer.start();
        HikariDataSource dataSource = new HikariDataSource()) {
      dataSource.setJdbcUrl(server.jdbcUrl());
      dataSource.setUsername(server.user());
      dataSource.setPassword(server.password());
      dataSource.setMaximumPoolSize(4);
      dataSource.setMinimumIdle(0);
      OutboxMigrations migrations = OutboxMigrations.of(dataSource);
      assertThat(migrations.migrate()).isEqualTo(1);
      server.stop();
      server.restartAsStandby();
      assertThat(JdbcOutbox.create(dataSource).diagnose().findings())
          .singleElement()
          .satisfies(f -> assertThat(f.code()).isEqualTo("read_only"))
          .satisfies(f -> assertThat(f.message()).contains("a standby"))
          .satisfies(f -> assertThat(f.advice()).contains("targetServerType=primary"));
      assertThatThrownBy(migrations::migrate).hasMessageContaining("the server is a standby");
    }
  }
}
