package io.durableoutbox.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.durableoutbox.testdb.TestDatabase;
import io.durableoutbox.testkit.SimulatedDestination;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The snippets of docs/sql-contract.md, as they stand there, by a user with the writer's role. */
class SqlContractTest {
  private final Map<String, String> environment = new LinkedHashMap<>();
  @TempDir Path directory = Path.of(".");

  /**
   * How to run a snippet.
   *
   * @param file what it is written to
   * @param present ends with 0 where language and driver are on the machine
   */
  private record Language(String name, String file, List<String> present, List<String> run) {}

  private static final List<Language> LANGUAGES =
      List.of(
          new Language(
              "psql",
              "snippet.sql",
              List.of("psql", "--version"),
              List.of("psql", "-v", "ON_ERROR_STOP=1", "-f", "snippet.sql")),
          new Language(
              "Python",
              "snippet.py",
              List.of("python3", "-c", "import psycopg"),
              List.of("python3", "snippet.py")),
          new Language(
              "Node",
              "snippet.js",
              List.of("node", "-e", "require('pg')"),
              List.of("node", "snippet.js")),
          new Language(
              "Go",
              "snippet.go",
              List.of("go", "list", "-mod=mod", "github.com/jackc/pgx/v5"),
              List.of("go", "run", "-mod=mod", "snippet.go")));

  @Test
  void eachSnippetWhoseLanguageIsHereWritesAnActionThatIsDelivered() throws Exception {
    List<String> ran = new ArrayList<>();
    List<String> absent = new ArrayList<>();
    try (TestDatabase database = TestDatabase.postgres();
        SimulatedDestination destination = SimulatedDestination.start()) {
      Cli cli = Cli.on(database).with(destination);
      cli.ok("migrate");
      prepare(database);
      try {
        for (Language language : LANGUAGES) {
          String snippet = snippet(language.name);
          Files.writeString(directory.resolve(language.file), snippet);
          if (run(language.present) != 0) {
            absent.add(language.name);
            continue;
          }
          assertThat(run(language.run)).as(language.name).isZero();
          ran.add(language.name);
          assertThat(count(database, "SELECT COUNT(*) FROM orders")).isEqualTo(ran.size());
          assertThat(count(database, "SELECT COUNT(*) FROM outbox")).isEqualTo(ran.size());
        }
        assertThat(cli.run("relay", "--until-empty", "--no-http").code()).isZero();
        assertThat(destination.acceptedCount()).isEqualTo(ran.size());
        assertThat(cli.ok("rejected", "-o", "json").rows()).isEmpty();
      } finally {
        execute(database, "DROP OWNED BY " + user(database), "DROP ROLE " + user(database));
      }
    }
    System.out.println("Snippets that were run: " + ran + "; not on this machine: " + absent);
    assertThat(ran.contains("psql"))
        .as("psql is run where it is on the path")
        .isEqualTo(isOnPath("psql"));
  }

  private static boolean isOnPath(String program) {
    return Pattern.compile(java.io.File.pathSeparator)
        .splitAsStream(System.getenv().getOrDefault("PATH", ""))
        .anyMatch(entry -> Files.isExecutable(Path.of(entry, program)));
  }

  private static String user(TestDatabase database) {
    String url = database.jdbcUrl();
    return "writer_" + url.replaceFirst("\\?.*", "").replaceFirst(".*/", "");
  }

  private void prepare(TestDatabase database) throws IOException, SQLException {
    String roles;
    try (InputStream in =
        SqlContractTest.class.getResourceAsStream("/durable-outbox/roles/postgresql.sql")) {
      assertThat(in).isNotNull();
      roles = new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
    String user = user(database);
    execute(
        database,
        roles,
        "CREATE TABLE orders (customer text NOT NULL)",
        "CREATE ROLE " + user + " LOGIN PASSWORD 'test' IN ROLE outbox_writer",
        "GRANT INSERT ON orders TO " + user);
    URI uri = URI.create(database.jdbcUrl().substring("jdbc:".length()));
    environment.put("PGHOST", uri.getHost());
    environment.put("PGPORT", Integer.toString(uri.getPort()));
    environment.put("PGDATABASE", uri.getPath().substring(1));
    environment.put("PGUSER", user);
    environment.put("PGPASSWORD", "test");
    environment.put("GOFLAGS", "-mod=mod");
    environment.put("GOPROXY", "off");
    Files.writeString(
        directory.resolve("go.mod"),
        "module snippet\n\ngo 1.21\n\nrequire github.com/jackc/pgx/v5 v5.7.1\n");
  }

  private static String snippet(String language) throws IOException {
    Matcher matcher =
        Pattern.compile("### " + language + "\n```\\w+\n(.*?)```", Pattern.DOTALL)
            .matcher(Files.readString(Path.of("../docs/sql-contract.md")));
    assertThat(matcher.find()).as(language).isTrue();
    return matcher.group(1);
  }

  /** Returns the exit code, or -1 where there is no such program. */
  private int run(List<String> command) throws InterruptedException {
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(directory.toFile())
            .redirectErrorStream(true)
            .redirectOutput(directory.resolve("output.txt").toFile());
    builder.environment().putAll(environment);
    Process process;
    try {
      process = builder.start();
    } catch (IOException e) {
      return -1;
    }
    if (!process.waitFor(60, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      throw new AssertionError(command + " does not end");
    }
    return process.exitValue();
  }

  private static void execute(TestDatabase database, String... statements) throws SQLException {
    try (Connection c = database.pool().getConnection();
        Statement s = c.createStatement()) {
      for (String statement : statements) {
        s.execute(statement);
      }
    }
  }

  private static long count(TestDatabase database, String sql) throws SQLException {
    try (Connection c = database.pool().getConnection();
        Statement s = c.createStatement();
        ResultSet rows = s.executeQuery(sql)) {
      rows.next();
      return rows.getLong(1);
    }
  }
}
