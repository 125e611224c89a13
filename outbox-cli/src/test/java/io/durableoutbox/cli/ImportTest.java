package io.durableoutbox.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.durableoutbox.cli.shell.ExitCode;
import io.durableoutbox.testdb.TestDatabase;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ImportTest {
  private static final String UUID_FIELD =
      ",\"moe_event_uuid\":\"aa886712-4537-47c1-b126-2686efda2e26\"";

  private final TestDatabase database = TestDatabase.h2();
  private final Cli cli = Cli.on(database);
  @TempDir Path directory = Path.of(".");

  @BeforeEach
  void migrate() {
    cli.ok("migrate");
  }

  @AfterEach
  void close() {
    database.close();
  }

  private String file(String... lines) throws IOException {
    Path file = Files.createTempFile(directory, "actions", ".jsonl");
    return Files.writeString(file, String.join("\n", lines)).toString();
  }

  private List<Map<String, Object>> waiting() {
    Cli.Result result = cli.run("find", "--state", "pending", "-o", "json");
    return result.rows();
  }

  @Test
  void anActionAnElementAndARequestAreTakenByteForByte() throws IOException {
    String odd =
        "{ \"cid\" : \"\\u00e9\uD83D\uDE00\", \"n\":1.50e2, " + Samples.ATTRIBUTES.substring(1);
    odd = odd.replaceFirst("\"cid\":\"66d5_F_T_WP\",", "");
    String action =
        "{\"action\":\"MOE_PERSONALIZATION_MESSAGE_CLICKED\",\"platform\":\"ios\",\"attributes\":"
            + odd
            + "}";
    String request =
        "\uFEFF{\n  \"elements\": [\n{\n\"actions\": ["
            + action
            + ",\n"
            + action
            + "],\n"
            + "\"user_timezone_offset\": 19800, \"user_attributes\" : { \"a\" : [ 1 ] },\n"
            + "\"customer_id\": \"request@example.com\"}\n]}";
    String element =
        "{\"customer_id\":\"element@example.com\",\"workspace\":\"eu\",\"actions\":["
            + action
            + "]}";
    Cli.Result result =
        cli.ok(
            "import",
            file(
                request,
                "",
                element,
                Samples.line(
                    "\u00e9l\u00e8ne@example.com",
                    "web",
                    UUID_FIELD + ",\"event_time\":1725258666")),
            "-o",
            "json");
    assertThat(result.row())
        .containsEntry("actions", 4)
        .containsEntry("imported", 4)
        .containsEntry("lines", 11)
        .containsEntry("committed_line", 11);
    List<Map<String, Object>> rows = waiting();
    assertThat(rows)
        .extracting(row -> row.get("customer_id"))
        .containsExactly(
            "request@example.com",
            "request@example.com",
            "element@example.com",
            "\u00e9l\u00e8ne@example.com");
    assertThat(rows.get(3))
        .containsEntry("event_time", "2024-09-02T06:31:06Z")
        .containsEntry("event_uuid", "aa886712-4537-47c1-b126-2686efda2e26");
    assertThat(rows.get(0)).containsEntry("user_timezone_offset", 19800);
    assertThat(rows.get(2)).containsEntry("workspace", "eu");
    assertThat(cli.ok("find", "--customer", "element@example.com", "-o", "json").out())
        .contains(odd);
  }

  @Test
  void whatCantBeAcceptedIsNamedByLineAndFieldAndNothingIsWritten() throws IOException {
    String file =
        file(
            Samples.line("john@example.com"),
            Samples.line("guest"),
            "{\"customer_id\":\"truncated@example.com\",\"attributes\":{\"cid\":",
            Samples.line("jane@example.com", "WEB", ""),
            "not json",
            Samples.line("jane@example.com", "web", ",\"costumer\":\"x\""),
            Samples.line("jane@example.com", "web", ",\"event_time\":1725258666123"),
            Samples.line("jane@example.com", "web", ",\"moe_event_uuid\":\"1-2-4-8-1\""),
            "{\"customer_id\":\"jane@example.com\",\"actions\":[{\"action\":\"SHOWN\"}]}",
            Samples.line(
                "jane@example.com",
                "web",
                ",\"user_attributes\":{\"a\":\"" + "x".repeat(70_000) + "\"}"));
    Cli.Result result = cli.run("import", file);
    assertThat(result.code()).isEqualTo(ExitCode.INCOMPLETE);
    assertThat(result.out()).isEmpty();
    assertThat(result.err().lines().map(line -> line.replaceFirst("(: [\\w.\\[\\]]+: ).*", "$1")))
        .contains(
            "line 2: customer_id: ",
            "line 3: document: ",
            "line 4: platform: ",
            "line 5: document: ",
            "line 6: costumer: ",
            "line 7: event_time: ",
            "line 8: moe_event_uuid: ",
            "line 9: actions[0].attributes: ",
            "line 10: attributes: ")
        .hasSize(10);
    assertThat(result.err()).doesNotContain("example.com").doesNotContain("1-2-4");
    assertThat(waiting()).isEmpty();
    Cli.Result skipped = cli.run("import", file, "--skip-invalid", "-o", "json");
    assertThat(skipped.code()).isEqualTo(ExitCode.INCOMPLETE);
    assertThat(skipped.row()).containsEntry("imported", 1).containsEntry("refused", 9);
    assertThat(waiting()).hasSize(1);
  }

  @Test
  void whatBreaksOffInOneTransactionLeavesNothing() throws Exception {
    String file = file(lines(2_500), Samples.line("tv@example.com", "tv", ""));
    execute("ALTER TABLE outbox ADD CONSTRAINT no_tv CHECK (platform <> 'tv')");
    Cli.Result result = cli.run("import", file);
    assertThat(result.code()).isEqualTo(ExitCode.FAILED);
    assertThat(result.err()).contains("nothing was written").doesNotContain("example.com");
    assertThat(waiting()).isEmpty();
  }

  @Test
  void whatBreaksOffInChunksGoesOnAfterTheLastLineThatWasCommitted() throws Exception {
    String file =
        file(lines(25), Samples.line("tv@example.com", "tv", ""), Samples.line("last@example.com"));
    execute("ALTER TABLE outbox ADD CONSTRAINT no_tv CHECK (platform <> 'tv')");
    Cli.Result result = cli.run("import", file, "--chunk", "10");
    assertThat(result.code()).isEqualTo(ExitCode.FAILED);
    assertThat(result.err()).contains("Committed up to line 20.").contains("--resume-from 21");
    assertThat(waiting()).hasSize(20);
    execute("ALTER TABLE outbox DROP CONSTRAINT no_tv");
    Cli.Result rest = cli.ok("import", file, "--chunk", "10", "--resume-from", "21", "-o", "json");
    assertThat(rest.row()).containsEntry("imported", 7).containsEntry("committed_line", 27);
    assertThat(waiting())
        .extracting(row -> row.get("customer_id"))
        .hasSize(27)
        .doesNotHaveDuplicates();
  }

  @Test
  void aFileWhoseLinesHaveUuidsCanBeImportedAgain() throws IOException {
    String file = file(Samples.line("john@example.com", "web", UUID_FIELD));
    cli.ok("import", file);
    assertThat(cli.ok("import", file, "-o", "json").row())
        .containsEntry("imported", 0)
        .containsEntry("duplicates", 1);
    assertThat(waiting()).hasSize(1);
  }

  @Test
  void standardInputIsReadAndADryRunNeedsNoDatabase() {
    String line = Samples.line("john@example.com");
    assertThat(new Cli().reading(line).ok("import", "-", "--dry-run", "-o", "json").row())
        .containsEntry("actions", 1)
        .containsEntry("imported", 0);
    cli.reading(line + "\r\n" + line + "\r\n").ok("import", "-", "--workspace", "eu");
    assertThat(waiting()).extracting(row -> row.get("workspace")).containsExactly("eu", "eu");
  }

  @Test
  void whatIsNoTextIsRefused() throws IOException {
    Path file = directory.resolve("latin1");
    Files.write(
        file, Samples.line("\u00e9l\u00e8ne@example.com").getBytes(StandardCharsets.ISO_8859_1));
    Cli.Result result = cli.run("import", file.toString());
    assertThat(result.code()).isEqualTo(ExitCode.INCOMPLETE);
    assertThat(result.err()).contains("UTF-8");
  }

  private static String lines(int count) {
    return IntStream.range(0, count)
        .mapToObj(i -> Samples.line("user" + i + "@example.com"))
        .collect(Collectors.joining("\n"));
  }

  private void execute(String sql) throws SQLException {
    try (Connection c = database.pool().getConnection();
        Statement s = c.createStatement()) {
      s.execute(sql);
    }
  }
}
