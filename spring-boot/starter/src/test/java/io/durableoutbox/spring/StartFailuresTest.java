package io.durableoutbox.spring;

import static org.assertj.core.api.Assertions.assertThat;

import io.durableoutbox.migrations.OutboxMigrations;
import java.util.List;
import java.util.Objects;
import javax.sql.DataSource;
import org.h2.jdbcx.JdbcDataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

/** What keeps an application from starting is said with the setting and the way out. */
class StartFailuresTest {
  private static final String[] WORKSPACE = {
    "outbox.moengage.workspace-id=W",
    "outbox.moengage.api-key=S3CRET",
    "outbox.moengage.data-center=01"
  };

  private final ApplicationContextRunner runner =
      new ApplicationContextRunner()
          .withConfiguration(
              AutoConfigurations.of(
                  DataSourceAutoConfiguration.class, OutboxAutoConfiguration.class))
          .withPropertyValues("spring.datasource.generate-unique-name=true");

  private static void assertRefused(
      ApplicationContextRunner runner, String description, String action) {
    runner.run(
        context -> {
          assertThat(context).hasFailed();
          Throwable failure = Objects.requireNonNull(context.getStartupFailure());
          FailureAnalysis analysis =
              Objects.requireNonNull(new OutboxFailureAnalyzer().analyze(failure));
          assertThat(analysis.getDescription()).contains(description);
          assertThat(analysis.getAction()).contains(action);
          for (Throwable t = failure; t != null; t = t.getCause()) {
            assertThat(t.toString()).doesNotContain("S3CRET");
          }
        });
  }

  @Test
  void noWorkspace() {
    assertRefused(runner, "no MoEngage workspace", "outbox.moengage.workspace-id");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          outbox.moengage.workspace-id= | outbox.moengage.workspace-id is missing | dashboard
          outbox.moengage.api-key=      | outbox.moengage.api-key is missing | MoEngageApiKeys
          outbox.moengage.data-center=  | outbox.moengage.data-center is missing | like 01
          outbox.moengage.data-center=1 | two or three digits | "01"
          outbox.moengage.base-url=https://localhost | are both set | Remove one
          outbox.moengage.call-timeout=0s | outbox.moengage.call-timeout is refused | Correct
          outbox.relay.poll-interval=0ms | outbox.relay.poll-interval is refused | Correct
          outbox.relay.lease=10s | outbox.relay is refused: lease PT10S must exceed | Correct
          outbox.relay.retry-max=1ms | outbox.relay.retry-min and retry-max | Correct
          outbox.relay.close-timeout=30s | timeout-per-shutdown-phase PT30S | Lower
          outbox.relay.max-requests-per-minute=0 | max-requests-per-minute is refused | Correct
          outbox.max-action-bytes=1 | outbox.max-action-bytes is refused | Correct
          outbox.schema=no-name | outbox.schema is refused | Correct
          outbox.workspaces.default.api-key=x | the same workspace | Remove one
          outbox.workspaces.eu.api-key=x | outbox.workspaces.eu.workspace-id is missing | dashboard
          """)
  void aSettingThatWontDo(String setting, String description, String action) {
    assertRefused(
        runner.withPropertyValues(WORKSPACE).withPropertyValues(setting), description, action);
  }

  @Test
  void tablesThatAreMissingWhereTheyAreOnlyChecked() {
    assertRefused(
        runner.withPropertyValues(WORKSPACE).withPropertyValues("outbox.migrations=check"),
        "tables are missing",
        "outbox.migrations=run");
  }

  @Test
  void tablesThatCantBeMade() {
    assertRefused(
        runner
            .withPropertyValues(WORKSPACE)
            .withPropertyValues(
                "spring.datasource.url=jdbc:h2:mem:taken;INIT=CREATE TABLE IF NOT EXISTS outbox (x INT)"),
        "could not be made or upgraded (FlywayMigrateException, SQLState 42S01)",
        "--debug");
  }

  @Test
  void maintenanceSettingsThatDontFitTogether() {
    assertRefused(
        runner
            .withPropertyValues(WORKSPACE)
            .withPropertyValues(
                "outbox.maintenance.enabled=true", "outbox.maintenance.redact-delivered=90d"),
        "redactDelivered",
        "outbox.maintenance");
  }

  @Test
  void noMigrationsOnTheClassPath() {
    assertRefused(
        runner
            .withPropertyValues(WORKSPACE)
            .withClassLoader(new FilteredClassLoader(OutboxMigrations.class)),
        "outbox-migrations is not on the class path",
        "outbox.migrations=check");
  }

  @Test
  void severalDataSources() {
    assertRefused(
        runner
            .withPropertyValues(WORKSPACE)
            .withBean("orders", DataSource.class, JdbcDataSource::new)
            .withBean("stock", DataSource.class, JdbcDataSource::new),
        "which of 2 DataSources",
        "@OutboxDataSource");
  }

  @Test
  void noDataSource() {
    assertRefused(
        new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(OutboxAutoConfiguration.class)),
        "needs a DataSource",
        "spring.datasource.url");
  }

  @Test
  void theMessageAloneSaysAllOfIt() {
    List<String> parts = List.of("What.", "Do this");
    OutboxStartException e = new OutboxStartException("What", "Do this");
    assertThat(e).hasMessage(String.join(" ", parts));
  }
}
