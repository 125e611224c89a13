package io.durableoutbox.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.durableoutbox.cli.data.Actions;
import io.durableoutbox.cli.shell.ExitCode;
import io.durableoutbox.testdb.TestDatabase;
import io.durableoutbox.testkit.Fault;
import io.durableoutbox.testkit.SimulatedDestination;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What every command does, on each family of databases, in a schema of its own. */
abstract class CommandsContract {
  private static final String UUID = "aa886712-4537-47c1-b126-2686efda2e26";
  private static final String BAD = "bad@example.com";

  private final SimulatedDestination destination = SimulatedDestination.start();
  private final TestDatabase database = database();
  final Cli cli = cli(database).with(destination).with("OUTBOX_SCHEMA", schema(database));
  @TempDir Path directory = Path.of(".");

  abstract TestDatabase database();

  /** Returns the program on a database, by a driver that it has. */
  Cli cli(TestDatabase database) {
    return Cli.on(database);
  }

  /** Returns a schema that is not there yet. */
  String schema(TestDatabase database) {
    return "events";
  }

  /** Returns the program on a database with the tables that takes no writes. */
  abstract Cli readOnly(Cli cli) throws Exception;

  @BeforeEach
  void migrate() {
    assertThat(cli.ok("migrate", "-o", "json").out()).isEqualTo("[{\"migrations\":1}]\n");
    assertThat(cli.ok("migrate", "-o", "json").out()).isEqualTo("[{\"migrations\":0}]\n");
  }

  @AfterEach
  void close() {
    database.close();
    destination.close();
  }

  private void importLines(String... lines) throws Exception {
    Path file = Files.createTempFile(directory, "actions", ".jsonl");
    cli.ok("import", Files.writeString(file, String.join("\n", lines)).toString());
  }

  private Cli.Result relay(String... more) {
    List<String> args =
        new ArrayList<>(List.of("relay", "--until-empty", "--no-http", "--poll-interval", "50ms"));
    args.addAll(List.of(more));
    return cli.run(args.toArray(String[]::new));
  }

  private Map<String, Object> status() {
    return cli.ok("status", "-o", "json").row();
  }

  @Test
  void anActionIsFoundFromWritingToDeliveryByEachOfItsNames() throws Exception {
    importLines(Samples.line("john@example.com", "web", ",\"moe_event_uuid\":\"" + UUID + "\""));
    assertThat(status())
        .containsEntry("workspace", "default")
        .containsEntry("waiting", 1)
        .containsEntry("pending", 1)
        .containsEntry("delivered_last_hour", 0)
        .containsEntry("paused", false);
    assertThat((Integer) status().get("oldest_age_seconds")).isBetween(0, 60);
    assertThat(relay().code()).isEqualTo(ExitCode.OK);
    assertThat(destination.acceptedCount()).isEqualTo(1);

    Map<String, Object> action = cli.ok("find", "--uuid", UUID, "-o", "json").row();
    assertThat(action.keySet()).containsExactlyElementsOf(Actions.COLUMNS);
    assertThat(action)
        .containsEntry("state", "delivered")
        .containsEntry("attempts", 1)
        .containsEntry("customer_id", "john@example.com");
    String reqId = (String) action.get("req_id");
    for (List<String> question :
        List.of(
            List.of("--req-id", reqId),
            List.of("--customer", "john@example.com", "--state", "delivered,rejected"),
            List.of("--request-id", (String) action.get("request_id")))) {
      List<String> args = new ArrayList<>(question);
      args.addAll(0, List.of("find", "-o", "json"));
      assertThat(cli.ok(args.toArray(String[]::new)).row()).isEqualTo(action);
    }
    assertThat(cli.ok("find", "--uuid", UUID, "--attempts", "-o", "json").row())
        .containsEntry("outcome", "accepted")
        .containsEntry("status", 200)
        .containsEntry("req_id", reqId);
    assertThat(cli.ok("find", "--uuid", UUID, "-o", "csv").out().lines().findFirst())
        .hasValue(String.join(",", Actions.COLUMNS));
    assertThat(cli.run("find", "--req-id", "none").code()).isEqualTo(ExitCode.NOT_FOUND);

    assertThat(status())
        .containsEntry("waiting", 0)
        .containsEntry("oldest_created_at", null)
        .containsEntry("delivered_last_minute", 1)
        .containsEntry("delivered_last_hour", 1);
    assertThat(cli.ok("status").out()).contains("LAST_HOUR").contains(reqId);
    assertThat(
            cli.ok("status", "--watch", "--times", "2", "--interval", "100ms", "-o", "json").out())
        .hasLineCount(2);
    assertThat(cli.ok("check").out()).isEqualTo("Nothing is wrong.\n");
    assertThat(cli.ok("check", "-o", "json").rows()).isEmpty();
  }

  @Test
  void whatWasRejectedIsListedAndRequeued() throws Exception {
    destination.refuseCustomer(BAD);
    importLines(Samples.line(BAD), Samples.line("john@example.com"));
    assertThat(relay().code()).isEqualTo(ExitCode.OK);
    assertThat(cli.ok("rejected", "-o", "json").row())
        .containsEntry("customer_id", BAD)
        .containsEntry("state", "rejected");
    assertThat(cli.ok("rejected", "--workspace", "eu", "-o", "json").rows()).isEmpty();
    assertThat(cli.ok("rejected").out()).contains(BAD).contains("400");

    assertThat(cli.ok("requeue", "--dry-run", "-o", "json").row())
        .containsEntry("actions", 1)
        .containsEntry("operation_id", null);
    Cli asked = cli.onTerminal(true).reading("n\n");
    assertThat(asked.run("requeue").code()).isEqualTo(ExitCode.FAILED);
    assertThat(status()).containsEntry("rejected", 1);
    assertThat(asked.reading("yes\n").run("requeue", "--reason", "ticket 1").err())
        .contains("Requeue 1");
    cli.onTerminal(false);
    assertThat(status()).containsEntry("rejected", 0).containsEntry("waiting", 1);
  }

  @Test
  void aPausedWorkspaceIsNotSentToUntilItIsResumed() throws Exception {
    importLines(Samples.line("john@example.com"));
    assertThat(cli.ok("pause", "--dry-run", "-o", "json").row())
        .containsEntry("paused", false)
        .containsEntry("waiting", 1);
    assertThat(cli.ok("pause", "--reason", "ticket 2", "--by", "anna", "-o", "json").row())
        .containsEntry("paused", true);
    assertThat(status())
        .containsEntry("paused", true)
        .containsEntry("reason", "ticket 2")
        .containsEntry("paused_by", "anna");
    assertThat(cli.ok("status").out())
        .contains("PAUSED")
        .contains("(since 20")
        .contains("until somebody resumes it), by person anna: ticket 2\n")
        .contains("to end it: outbox-cli resume --workspace default");
    assertThat(status().get("way_out")).asString().contains("resume --workspace default");
    Cli.Result stuck = relay();
    assertThat(stuck.code()).isEqualTo(ExitCode.INCOMPLETE);
    assertThat(stuck.err()).contains("1 actions of workspace default wait").contains("resume");
    assertThat(cli.ok("resume", "-o", "json").row()).containsEntry("resumed", true);
    assertThat(cli.run("resume").code()).isEqualTo(ExitCode.NOT_FOUND);
    assertThat(relay().code()).isEqualTo(ExitCode.OK);
    assertThat(destination.acceptedCount()).isEqualTo(1);
  }

  @Test
  void aMisspeltWorkspaceIsNeitherPausedNorResumed() throws Exception {
    importLines(Samples.line("john@example.com"));
    for (String command : List.of("pause", "resume")) {
      Cli.Result result = cli.run(command, "--workspace", "defualt");
      assertThat(result.code()).as(result.toString()).isEqualTo(ExitCode.FAILED);
      assertThat(result.out()).isEmpty();
      assertThat(result.err())
          .hasLineCount(1)
          .contains("workspace is unknown")
          .contains("known are default")
          .contains("--even-if-unknown");
    }
    assertThat(status()).containsEntry("paused", false);
    assertThat(cli.ok("pause", "--workspace", "eu", "--even-if-unknown", "-o", "json").row())
        .containsEntry("paused", true);
    assertThat(cli.ok("resume", "--workspace", "eu", "-o", "json").row())
        .containsEntry("resumed", true);
  }

  @Test
  void aDatabaseThatTakesNoWritesIsCriticalAndNoCommandSucceedsThatWrites() throws Exception {
    importLines(Samples.line("john@example.com"));
    Cli standby = readOnly(cli);
    Cli.Result check = standby.run("check");
    assertThat(check.code()).as(check.toString()).isEqualTo(ExitCode.CRITICAL);
    assertThat(check.out()).contains("CRITICAL read_only").doesNotContain("Nothing is wrong");
    assertThat(standby.run("check", "-o", "json").rows().get(0)).containsEntry("code", "read_only");
    Path file = Files.writeString(directory.resolve("one.jsonl"), Samples.line("jane@example.com"));
    for (String[] command :
        new String[][] {
          {"migrate"},
          {"pause", "--even-if-unknown"},
          {"erase", "--customer", "john@example.com"},
          {"import", file.toString()},
        }) {
      Cli.Result result = standby.run(command);
      assertThat(result.code()).as(command[0] + result).isEqualTo(ExitCode.FAILED);
      assertThat(result.out()).as(command[0]).isEmpty();
      assertThat(result.err())
          .as(command[0])
          .contains("takes no writes")
          .contains("primary")
          .doesNotContain("example.com");
    }
    assertThat(standby.run("status").code()).isEqualTo(ExitCode.OK);
  }

  @Test
  void whatIsMeantAndIsNotThereIsTold() throws Exception {
    importLines(Samples.line("john@example.com"));
    assertThat(cli.ok("requeue", "--workspace", "defualt").err()).contains("No rejected action");
    Cli.Result erased = cli.ok("erase", "--customer", "jon@example.com");
    assertThat(erased.err()).contains("Nothing of this customer").doesNotContain("jon@");
    assertThat(cli.run("find", "--workspace", "defualt").code()).isEqualTo(ExitCode.NOT_FOUND);
  }

  @Test
  void aResultThatCannotBeWrittenIsAFailureAndEndsAWatch() throws Exception {
    importLines(Samples.line("john@example.com"));
    PrintWriter full =
        new PrintWriter(
            new OutputStream() {
              @Override
              public void write(int b) throws IOException {
                throw new IOException("no space left");
              }
            },
            false,
            UTF_8);
    for (String[] command : new String[][] {{"rejected", "-o", "json"}, {"status", "--watch"}}) {
      Cli.Result result = cli.writing(full).run(command);
      assertThat(result.code()).isEqualTo(ExitCode.FAILED);
      assertThat(result.err()).contains("standard output was closed or its disk is full");
    }
  }

  @Test
  void aRefusedKeyEndsAJobAndTheRightOneGoesOnAtOnce() throws Exception {
    importLines(Samples.line("john@example.com"));
    cli.with("MOENGAGE_API_KEY", "wrong");
    // A pause that is over is none, and this one must last until it has been looked at.
    Cli.Result stuck = relay("--retry-min", "1m", "--retry-max", "1m");
    assertThat(stuck.code()).isEqualTo(ExitCode.INCOMPLETE);
    assertThat(stuck.err()).contains("MOENGAGE_API_KEY").doesNotContain("wrong");
    Cli.Result check = cli.run("check", "-o", "json");
    assertThat(check.code()).as(check.toString()).isEqualTo(ExitCode.CRITICAL);
    assertThat(check.rows()).extracting(row -> row.get("severity")).contains("critical");
    cli.with(destination);
    assertThat(relay().code()).isEqualTo(ExitCode.OK);
  }

  @Test
  void aRefusalOfEverythingEndsAJobThatMetItItself() throws Exception {
    importLines(Samples.line("john@example.com"));
    for (String relay : List.of("job-1", "another")) {
      execute(
          "INSERT INTO \""
              + schema(database)
              + "\".outbox_workspace (workspace, paused_since, paused_until, cause,"
              + " reason, paused_by) VALUES ('default', CURRENT_TIMESTAMP, CURRENT_TIMESTAMP +"
              + " INTERVAL '1' SECOND, 'refused', '400 for 20 in a row', '"
              + relay
              + "')");
      assertThat(cli.ok("status").out()).contains("refused: 400 for 20").contains("requeue");
      Cli.Result result = cli.run("relay", "--until-empty", "--no-http", "--name", "job-1");
      boolean own = relay.equals("job-1");
      assertThat(result.code()).isEqualTo(own ? ExitCode.INCOMPLETE : ExitCode.OK);
      assertThat(result.err().contains("refuses everything")).isEqualTo(own);
      execute("DELETE FROM \"" + schema(database) + "\".outbox_workspace");
    }
  }

  final void execute(String sql) throws SQLException {
    try (Connection connection = database.pool().getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute(TestDatabase.words(connection, sql));
    }
  }

  @Test
  void anOutageIsWaitedFor() throws Exception {
    destination.next(Fault.status(503), Fault.status(503));
    importLines(Samples.line("john@example.com"));
    assertThat(
            cli.run(
                    "relay",
                    "--until-empty",
                    "--no-http",
                    "--retry-min",
                    "50ms",
                    "--retry-max",
                    "200ms")
                .code())
        .isEqualTo(ExitCode.OK);
    assertThat(destination.acceptedCount()).isEqualTo(1);
  }

  @Test
  void aCustomerIsErasedAndOldThingsArePurged() throws Exception {
    importLines(Samples.line("john@example.com"), Samples.line("jane@example.com"));
    relay();
    importLines(Samples.line("john@example.com"));
    assertThat(cli.ok("erase", "--customer", "john@example.com", "--dry-run", "-o", "json").row())
        .containsEntry("waiting", 1)
        .containsEntry("delivered", 1);
    assertThat(
            cli.reading("john@example.com\n")
                .ok("erase", "--customer", "-", "--reason", "ticket 3", "-o", "json")
                .row())
        .containsEntry("waiting", 1)
        .containsEntry("delivered", 1)
        .containsEntry("in_flight", 0);
    assertThat(cli.run("find", "--customer", "john@example.com").code())
        .isEqualTo(ExitCode.NOT_FOUND);
    assertThat(cli.ok("purge", "--dry-run", "-o", "json").row()).containsEntry("delivered", 0);
    assertThat(cli.ok("purge", "--keep-delivered", "30d", "-o", "json").row())
        .containsEntry("delivered_purged", 0);
    assertThat(cli.run("purge", "--keep-delivered", "1h").code()).isEqualTo(ExitCode.USAGE);
    cli.ok("find", "--customer", "jane@example.com");
  }

  @Test
  void severalWorkspacesComeFromTheFile() throws Exception {
    importLines(
        Samples.line("john@example.com", "web", ",\"workspace\":\"eu\""),
        Samples.line("jane@example.com", "web", ",\"workspace\":\"us\""));
    Path file =
        Files.writeString(
            directory.resolve("two.properties"),
            "workspace.eu.id=TEST_WORKSPACE\nworkspace.eu.api-key=TEST_KEY\n"
                + "workspace.us.id=TEST_WORKSPACE\nworkspace.us.api-key-file="
                + Files.writeString(directory.resolve("key"), "TEST_KEY\n")
                + "\nworkspace.us.base-url="
                + destination.baseUrl());
    cli.environment().remove("MOENGAGE_WORKSPACE_ID");
    assertThat(cli.run("relay", "--until-empty", "--no-http", "--config", file.toString()).code())
        .isEqualTo(ExitCode.OK);
    assertThat(destination.acceptedCount()).isEqualTo(2);
  }
}
