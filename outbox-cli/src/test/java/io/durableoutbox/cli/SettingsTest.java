package io.durableoutbox.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.durableoutbox.cli.shell.ExitCode;
import io.durableoutbox.cli.shell.Shell;
import io.durableoutbox.testdb.TestDatabase;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SettingsTest {
  private final TestDatabase database = TestDatabase.h2();
  @TempDir Path directory = Path.of(".");

  @BeforeAll
  void migrate() {
    Cli.on(database).ok("migrate");
  }

  @AfterAll
  void close() {
    database.close();
  }

  @Test
  void anOptionComesBeforeTheEnvironmentAndThatBeforeTheFile() throws Exception {
    Path file = file("OUTBOX_SCHEMA=of_file\nOUTBOX_OUTPUT=csv\n");
    Cli cli = Cli.on(database).with("OUTBOX_CONFIG", file.toString());
    assertThat(cli.ok("migrate").out()).isEqualTo("migrations\n1\n");
    assertThat(hasTables("of_file")).isTrue();
    cli.with("OUTBOX_SCHEMA", "of_environment").ok("migrate");
    assertThat(hasTables("of_environment")).isTrue();
    assertThat(cli.ok("migrate", "--schema", "of_option", "-o", "json").row())
        .containsEntry("migrations", 1);
    assertThat(hasTables("of_option")).isTrue();
  }

  private boolean hasTables(String schema) throws SQLException {
    try (Connection c = database.pool().getConnection();
        PreparedStatement s =
            c.prepareStatement(
                "SELECT COUNT(*) FROM INFORMATION_SCHEMA.TABLES WHERE TABLE_SCHEMA = ? AND"
                    + " TABLE_NAME = 'OUTBOX'")) {
      s.setString(1, schema);
      try (ResultSet rows = s.executeQuery()) {
        rows.next();
        return rows.getInt(1) == 1;
      }
    }
  }

  private Path file(String text) throws IOException {
    return Files.writeString(Files.createTempFile(directory, "settings", ".properties"), text);
  }

  @Test
  void aNameInTheFileThatIsNoSettingIsRefused() throws IOException {
    Path file = file("OUTBOX_JDBC_URl=jdbc:h2:mem:x\n");
    Cli.Result result = Cli.on(database).run("status", "--config", file.toString());
    assertThat(result.code()).isEqualTo(ExitCode.USAGE);
    assertThat(result.err()).contains("OUTBOX_JDBC_URl").contains("no setting");
    assertThat(Cli.on(database).run("status", "--config=" + directory.resolve("none")).err())
        .startsWith("Error: the settings file")
        .contains("NoSuchFileException");
  }

  @Test
  void aPasswordIsReadFromAFile() throws IOException {
    Cli cli = new Cli().with("OUTBOX_JDBC_URL", "jdbc:h2:mem:secured;DB_CLOSE_DELAY=-1");
    cli.with("OUTBOX_JDBC_USER", "me").with("OUTBOX_JDBC_PASSWORD", "s3cret").ok("migrate");
    cli.with("OUTBOX_JDBC_PASSWORD", "other");
    Cli.Result refused = cli.run("status");
    assertThat(refused.code()).isEqualTo(ExitCode.FAILED);
    assertThat(refused.err()).contains("OUTBOX_JDBC_PASSWORD").doesNotContain("other");
    cli.ok("status", "--jdbc-password-file", file("s3cret\n").toString());
    cli.with("OUTBOX_JDBC_PASSWORD", "")
        .with("OUTBOX_JDBC_PASSWORD_FILE", file("s3cret").toString());
    cli.ok("status");
  }

  @Test
  void aSecretIsNoOptionsValueAndIsNotRepeated() {
    for (String[] args :
        new String[][] {
          {"status", "--jdbc-password=hunter2"},
          {"relay", "--api-key=hunter2"},
          {"status", "--jdbc-password", "hunter2"},
        }) {
      Cli.Result result = Cli.on(database).run(args);
      assertThat(result.code()).isEqualTo(ExitCode.USAGE);
      assertThat(result.err()).contains("takes no value").doesNotContain("hunter2");
      assertThat(result.out()).isEmpty();
    }
  }

  @Test
  void whatIsMissingOrWrongIsToldInOneSentenceWithTheWayOut() {
    assertUsage(new Cli().run("status"), "OUTBOX_JDBC_URL");
    assertUsage(Cli.on(database).run("relay"), "MOENGAGE_WORKSPACE_ID");
    assertUsage(
        Cli.on(database).with("MOENGAGE_WORKSPACE_ID", "W").run("relay"), "MOENGAGE_API_KEY_FILE");
    assertUsage(
        Cli.on(database)
            .with("MOENGAGE_WORKSPACE_ID", "W")
            .with("MOENGAGE_API_KEY", "k")
            .run("relay"),
        "MOENGAGE_DATA_CENTER");
    assertUsage(
        new Cli().with("OUTBOX_JDBC_URL", "jdbc:oracle:secret@x").run("check"), "org.h2.Driver");
    assertUsage(Cli.on(database).run("status", "--schema", "a b"), "OUTBOX_SCHEMA");
    assertUsage(Cli.on(database).run("status", "--interval", "soon"), "30s");
    assertUsage(Cli.on(database).run("find"), "--req-id");
    assertUsage(Cli.on(database).run("nonsense"), "nonsense");
    assertUsage(Cli.on(database).run(), "no command");
  }

  private static void assertUsage(Cli.Result result, String words) {
    assertThat(result.code()).as(result.toString()).isEqualTo(ExitCode.USAGE);
    assertThat(result.err()).contains("Error: ").contains(words).doesNotContain("\tat ");
    assertThat(result.err()).doesNotContain("secret");
    assertThat(result.out()).isEmpty();
  }

  @Test
  void aFailureIsToldWithoutAStackUnlessAskedFor() {
    Cli cli = new Cli().with("OUTBOX_JDBC_URL", "jdbc:postgresql://127.0.0.1:1/none");
    Cli.Result result = cli.run("check");
    assertThat(result.code()).isEqualTo(ExitCode.FAILED);
    assertThat(result.err().lines()).hasSize(1);
    assertThat(result.err()).contains("08001").contains("OUTBOX_JDBC_URL");
    assertThat(cli.run("check", "--debug").err()).contains("\tat ");
    Cli empty = new Cli().with("OUTBOX_JDBC_URL", "jdbc:h2:mem:empty;DB_CLOSE_DELAY=-1");
    Cli.Result missing = empty.run("status");
    assertThat(missing.code()).isEqualTo(ExitCode.FAILED);
    assertThat(missing.err()).contains("outbox-cli migrate");
  }

  @Test
  void everyCommandHasHelpAndTheVersionIsTheBuilds() {
    Cli cli = new Cli();
    OutboxCli.parser(Shell.ofProcess())
        .getSubcommands()
        .forEach(
            (name, command) -> {
              String help = cli.ok(name, "--help").out();
              assertThat(help).contains("Usage: outbox-cli " + name);
              if (!name.equals("generate-completion")) {
                assertThat(help).contains("Exit codes:").contains("Example");
              }
            });
    assertThat(cli.ok("--version").out()).matches("outbox-cli \\d\\S+ \\(Java .*\\)\n");
    assertThat(cli.ok("generate-completion").out()).contains("complete -F _complete_outbox-cli");
  }
}
