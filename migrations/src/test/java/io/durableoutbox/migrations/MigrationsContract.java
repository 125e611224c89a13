package io.durableoutbox.migrations;

import static io.durableoutbox.migrations.Sql.count;
import static io.durableoutbox.migrations.Sql.execute;
import static io.durableoutbox.migrations.Sql.query;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.durableoutbox.testdb.TestDatabase;
import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Enumeration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CyclicBarrier;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What running the migrations promises, on any database. */
abstract class MigrationsContract {
  private static final String INSERT =
      "INSERT INTO %s (customer_id, action, event_time, platform, attributes) VALUES ('user-1',"
          + " 'MOE_PERSONALIZATION_MESSAGE_SHOWN', CURRENT_TIMESTAMP, 'web', '{}')";

  private final List<TestDatabase> databases = new ArrayList<>();
  DataSource dataSource;

  abstract TestDatabase newDatabase();

  /** Everything that the catalog says of the outbox's objects, one line each, in order. */
  abstract List<String> catalog(DataSource dataSource) throws SQLException;

  /** Runs plain SQL as a client of the database would. */
  void run(String script, TestDatabase database) throws SQLException {
    execute(database.pool(), script);
  }

  TestDatabase database() {
    return databases.get(0);
  }

  /** Returns connections to the first database that may only read. */
  DataSource readOnly() {
    return database()
        .pool(c -> c.setConnectionInitSql("SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY"));
  }

  private DataSource another() {
    TestDatabase database = newDatabase();
    databases.add(database);
    return database.pool();
  }

  @BeforeEach
  void open() {
    dataSource = another();
  }

  @AfterEach
  void close() {
    databases.forEach(TestDatabase::close);
  }

  @Test
  void theFirstRunMakesTheTablesAndTheSecondDoesNothing() throws Exception {
    assertThat(OutboxMigrations.of(dataSource).migrate()).isEqualTo(1);
    List<String> made = catalog(dataSource);
    assertThat(OutboxMigrations.of(dataSource).migrate()).isZero();
    assertThat(catalog(dataSource)).isEqualTo(made);
    assertThat(query(dataSource, "SELECT version, oldest_library FROM outbox_schema_version"))
        .containsExactly("1|1");
  }

  @Test
  void aDatabaseThatTakesNoWritesIsRefusedWhetherSomethingIsMissingOrNot() throws Exception {
    OutboxMigrations.of(dataSource).migrate();
    OutboxMigrations readOnly = OutboxMigrations.of(readOnly());
    assertThatThrownBy(readOnly::migrate)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("takes no writes")
        .hasMessageContaining("primary");
    assertThatThrownBy(() -> readOnly.inSchema("other").migrate())
        .hasMessageContaining("takes no writes");
    assertThat(OutboxMigrations.of(dataSource).migrate()).isZero();
  }

  @Test
  void thePlainSqlMakesTheSameSchemaAsFlyway() throws Exception {
    OutboxMigrations.of(dataSource).migrate();
    DataSource plain = another();
    run(script(), databases.get(1));
    assertThat(catalog(dataSource)).hasSizeGreaterThan(20).isEqualTo(catalog(plain));
  }

  @Test
  void itWorksBesideTheApplicationsOwnFlywayAndTables() throws Exception {
    execute(dataSource, "CREATE TABLE orders (id integer PRIMARY KEY)");
    Flyway application =
        Flyway.configure()
            .dataSource(dataSource)
            .baselineOnMigrate(true)
            .locations("classpath:application-migrations")
            .load();
    application.migrate();
    String history = "SELECT * FROM \"flyway_schema_history\" ORDER BY 1";
    List<String> before = query(dataSource, history);

    assertThat(OutboxMigrations.of(dataSource).migrate()).isEqualTo(1);
    assertThat(OutboxMigrations.of(dataSource).migrate()).isZero();

    assertThat(query(dataSource, history)).isEqualTo(before);
    assertThat(application.migrate().migrationsExecuted).isZero();
    assertThat(application.validateWithResult().validationSuccessful).isTrue();
    assertThat(
            query(
                dataSource,
                "SELECT \"version\" FROM \"outbox_schema_history\" WHERE \"version\" IS NOT NULL"
                    + " ORDER BY 1"))
        .containsExactly("0", "1");
    assertThat(count(dataSource, "outbox")).isZero();
  }

  @Test
  void aMigrationThatWasRunAndThenChangedIsRefused() throws Exception {
    OutboxMigrations.of(dataSource).migrate();
    execute(dataSource, "UPDATE \"outbox_schema_history\" SET \"checksum\" = 1");
    assertThatThrownBy(() -> OutboxMigrations.of(dataSource).migrate())
        .isInstanceOf(FlywayException.class)
        .hasMessageContaining("checksum");
  }

  @Test
  void anEarlierLibraryLeavesALaterSchemaAlone() throws Exception {
    OutboxMigrations.of(dataSource).migrate();
    execute(
        dataSource,
        "INSERT INTO \"outbox_schema_history\" SELECT 99, '99', 'later', 'SQL', 'V99__later.sql', 1,"
            + " \"installed_by\", \"installed_on\", 1, true FROM \"outbox_schema_history\" WHERE"
            + " \"version\" = '1'");
    List<String> made = catalog(dataSource);
    assertThat(OutboxMigrations.of(dataSource).migrate()).isZero();
    assertThat(catalog(dataSource)).isEqualTo(made);
  }

  @Test
  void aNamedSchemaIsCreatedAndStandsBesideTheDefaultOne() throws Exception {
    assertThat(OutboxMigrations.of(dataSource).inSchema(named("events")).migrate()).isEqualTo(1);
    assertThat(OutboxMigrations.of(dataSource).migrate()).isEqualTo(1);
    assertThat(OutboxMigrations.of(dataSource).inSchema(named("events")).migrate()).isZero();
    execute(dataSource, INSERT.formatted("\"" + named("events") + "\".outbox"));
    assertThat(count(dataSource, "\"" + named("events") + "\".outbox_audit")).isEqualTo(1);
    assertThat(count(dataSource, "outbox_audit")).isZero();
  }

  @Test
  void aNamedSchemaMayExistAndHoldAnApplicationsTables() throws Exception {
    execute(dataSource, "CREATE SCHEMA \"" + named("Events_2") + "\"");
    execute(
        dataSource, "CREATE TABLE \"" + named("Events_2") + "\".orders (id integer PRIMARY KEY)");
    assertThat(OutboxMigrations.of(dataSource).inSchema(named("Events_2")).migrate()).isEqualTo(1);
    assertThat(count(dataSource, "\"" + named("Events_2") + "\".outbox")).isZero();
    assertThatThrownBy(() -> count(dataSource, "outbox")).isInstanceOf(SQLException.class);
  }

  @Test
  void threeConnectionsAreEnoughAndComeBackAsTheyWereLent() throws Exception {
    DataSource pool =
        database()
            .pool(
                config -> {
                  config.setAutoCommit(false);
                  config.setMaximumPoolSize(3);
                });
    String ours;
    try (Connection connection = dataSource.getConnection()) {
      ours = schema(connection);
    }
    assertThat(OutboxMigrations.of(pool).inSchema(named("events")).migrate()).isEqualTo(1);
    try (Connection first = pool.getConnection();
        Connection second = pool.getConnection();
        Connection third = pool.getConnection()) {
      for (Connection connection : List.of(first, second, third)) {
        assertThat(connection.getAutoCommit()).isFalse();
        assertThat(schema(connection)).isEqualToIgnoringCase(ours);
      }
    }
    assertThat(count(dataSource, "\"" + named("events") + "\".outbox")).isZero();
  }

  @Test
  void severalAtOnceMakeItOnce() throws Exception {
    CyclicBarrier start = new CyclicBarrier(4);
    List<CompletableFuture<Integer>> all = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      all.add(
          CompletableFuture.supplyAsync(
              () -> {
                try {
                  start.await();
                } catch (Exception e) {
                  throw new IllegalStateException(e);
                }
                return OutboxMigrations.of(dataSource).migrate();
              },
              task -> new Thread(task).start()));
    }
    int sum = 0;
    for (CompletableFuture<Integer> one : all) {
      sum += one.get();
    }
    assertThat(sum).isEqualTo(1);
  }

  @Test
  void theThreadsClassLoaderNeedNotSeeTheMigrations() {
    Thread thread = Thread.currentThread();
    ClassLoader before = thread.getContextClassLoader();
    thread.setContextClassLoader(
        new ClassLoader(before) {
          @Override
          public Enumeration<URL> getResources(String name) throws IOException {
            return name.startsWith("durable-outbox")
                ? Collections.emptyEnumeration()
                : super.getResources(name);
          }
        });
    try {
      assertThat(OutboxMigrations.of(dataSource).migrate()).isEqualTo(1);
    } finally {
      thread.setContextClassLoader(before);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a b", "x\"; DROP TABLE orders; --", "1a", "a-b", "schéma", "a.b"})
  void aNameThatIsNoIdentifierIsRefused(String name) {
    assertThatThrownBy(() -> OutboxMigrations.of(dataSource).inSchema(name))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("schema");
  }

  @Test
  void aNameIsAtMost63Characters() {
    OutboxMigrations migrations = OutboxMigrations.of(dataSource);
    assertThat(migrations.inSchema("a".repeat(63))).isNotNull();
    assertThatThrownBy(() -> migrations.inSchema("a".repeat(64)))
        .isInstanceOf(IllegalArgumentException.class);
  }

  /** Returns the name of another schema, of this test alone where all databases share them. */
  String named(String name) {
    return name;
  }

  /** What MariaDB and MySQL call a schema is a catalog to JDBC. */
  static String schema(Connection connection) throws SQLException {
    String schema = connection.getSchema();
    return schema == null ? connection.getCatalog() : schema;
  }

  String script() throws IOException {
    String path = "/durable-outbox/" + database().family() + "/V1__outbox.sql";
    try (InputStream in =
        Objects.requireNonNull(OutboxMigrations.class.getResourceAsStream(path))) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
