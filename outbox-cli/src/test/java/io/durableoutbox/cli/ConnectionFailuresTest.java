package io.durableoutbox.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.durableoutbox.cli.data.DatabaseFailures;
import io.durableoutbox.cli.shell.ExitCode;
import io.durableoutbox.testdb.TestDatabase;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Why no connection can be had: each reason has words and a way out of its own. */
class ConnectionFailuresTest {
  private static String failure(Cli cli) {
    Cli.Result result = cli.run("status");
    assertThat(result.code()).as(result.toString()).isEqualTo(ExitCode.FAILED);
    assertThat(result.out()).isEmpty();
    assertThat(result.err())
        .hasLineCount(1)
        .startsWith("Error: can't connect to the database (SQLState ")
        .doesNotContain("hunter2")
        .doesNotContain("secret");
    return result.err();
  }

  private static Cli postgres(String url) {
    return new Cli().with("OUTBOX_JDBC_URL", url).with("OUTBOX_JDBC_USER", "anna");
  }

  @ParameterizedTest
  @CsvSource({
    "28P01, refused the login; check OUTBOX_JDBC_USER and OUTBOX_JDBC_PASSWORD",
    "28000, refused the login; check OUTBOX_JDBC_USER and OUTBOX_JDBC_PASSWORD",
    "53300, no connection left; end idle ones",
    "3D000, 'no such database, or not for this user; correct its name'",
    "57P03, 'starting up, shutting down or recovering; wait'",
    "08P01, a pooler such as PgBouncer refused; pool_mode must be transaction or session",
  })
  void whatPostgresSaysIsTold(String state, String words) {
    try (RefusingPostgres server = new RefusingPostgres(state)) {
      assertThat(failure(postgres(server.url()).with("OUTBOX_JDBC_PASSWORD", "hunter2")))
          .contains(state)
          .contains(words)
          .doesNotContain("can't be reached");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"28P01", "08004"})
  void aPasswordThatWasNotGivenIsNamedAsThat(String state) {
    try (RefusingPostgres server = new RefusingPostgres(state)) {
      assertThat(failure(postgres(server.url())))
          .contains("no password was given; set OUTBOX_JDBC_PASSWORD");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"postgresql", "mariadb"})
  void whereNobodyListensTheHostAndPortAreNamed(String driver) throws IOException {
    int free;
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      free = socket.getLocalPort();
    }
    String url = "jdbc:" + driver + "://127.0.0.1:" + free + "/shop?password=hunter2";
    assertThat(failure(new Cli().with("OUTBOX_JDBC_URL", url)))
        .contains("the database at 127.0.0.1:" + free + " can't be reached")
        .contains("check that it runs");
    url = "jdbc:" + driver + "://no-such-host.invalid:" + free + "/shop";
    assertThat(failure(new Cli().with("OUTBOX_JDBC_URL", url)))
        .contains("no-such-host.invalid:" + free + " has a host name that is not known");
  }

  @Test
  void whatMariaDbSaysIsTold() throws SQLException {
    try (TestDatabase database = TestDatabase.mariadb()) {
      Cli cli = Cli.on(database).with("OUTBOX_JDBC_PASSWORD", "hunter2");
      assertThat(failure(cli)).contains("(SQLState 28000)").contains("check OUTBOX_JDBC_USER");
      cli.environment().remove("OUTBOX_JDBC_PASSWORD");
      cli.with("OUTBOX_JDBC_USER", "nobody_here");
      assertThat(failure(cli)).contains("no password was given");

      Cli other = Cli.on(database);
      String url = database.jdbcUrl();
      String path = URI.create(url.substring("jdbc:".length())).getPath();
      other.with("OUTBOX_JDBC_URL", url.replace(path, "/no_such_database"));
      assertThat(failure(other)).contains("there is no such database").contains("create it");

      String login = "few" + path.substring(1);
      try (Connection connection = database.pool().getConnection();
          Statement statement = connection.createStatement()) {
        statement.execute(
            "CREATE USER " + login + " IDENTIFIED BY 'hunter2' WITH MAX_USER_CONNECTIONS 1");
        try (var pool =
            database.pool(
                config -> {
                  config.setUsername(login);
                  config.setPassword("hunter2");
                  config.setJdbcUrl(url.replace(path, "/"));
                })) {
          try (Connection only = pool.getConnection()) {
            assertThat(only.isValid(1)).isTrue();
            Cli full =
                Cli.on(database)
                    .with("OUTBOX_JDBC_URL", url.replace(path, "/"))
                    .with("OUTBOX_JDBC_USER", login)
                    .with("OUTBOX_JDBC_PASSWORD", "hunter2");
            assertThat(failure(full)).contains("no connection left").contains("max_connections");
          }
        } finally {
          statement.execute("DROP USER " + login);
        }
      }
    }
  }

  @Test
  void tlsThatCannotBeAgreedOnNamesTheDriversParameter() {
    try (TestDatabase database = TestDatabase.mariadb()) {
      // As the driver's default has it.
      String wanted = database.jdbcUrl().replaceFirst("sslMode=disable", "");
      assertThat(failure(Cli.on(database).with("OUTBOX_JDBC_URL", wanted)))
          .contains("no TLS connection could be agreed on")
          .contains("sslMode=disable");
    }
    try (TestDatabase database = TestDatabase.postgres()) {
      assertThat(
              failure(
                  Cli.on(database)
                      .with("OUTBOX_JDBC_URL", database.jdbcUrl() + "?sslmode=require")))
          .contains("sslmode=disable");
    }
  }

  @Test
  void aUrlThatNoDriverTakesNamesThoseThatAreTaken() {
    Cli.Result result =
        new Cli().with("OUTBOX_JDBC_URL", "jdbc:oracle:thin:@localhost").run("status");
    assertThat(result.code()).isEqualTo(ExitCode.USAGE);
    assertThat(result.err()).contains("jdbc:mariadb://host/database");
  }

  @Test
  void onlyHostsAreTakenFromAUrl() {
    assertThat(DatabaseFailures.hosts("jdbc:postgresql://a:1,b:2/shop?password=x"))
        .isEqualTo("a:1,b:2");
    assertThat(DatabaseFailures.hosts("jdbc:mysql://anna:hunter2@db:3306/shop"))
        .isEqualTo("db:3306");
    assertThat(DatabaseFailures.hosts("jdbc:mysql://(host=db,password=hunter2)/shop")).isEmpty();
    assertThat(DatabaseFailures.hosts("jdbc:h2:file:./outbox")).isEmpty();
  }
}
