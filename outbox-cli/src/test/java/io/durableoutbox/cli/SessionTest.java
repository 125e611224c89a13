package io.durableoutbox.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.durableoutbox.testdb.TestDatabase;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The session of docs/cli-session.txt, run again: its output must have the same shape. With
 * -Doutbox.docs.write=true each command is a process of its own, and the document is written.
 */
class SessionTest {
  private static final Path DOCUMENT = Path.of("../docs/cli-session.txt");
  private static final boolean WRITE = Boolean.getBoolean("outbox.docs.write");

  /** Its whole line: what is written in part is not read yet. */
  private static final Pattern LISTENS = Pattern.compile("(http://127\\.0\\.0\\.1:(\\d+)).*\n");

  private final StringBuilder transcript = new StringBuilder();
  private final TestDatabase database = TestDatabase.postgres();
  private final Cli cli = Cli.on(database);
  @TempDir Path directory = Path.of(".");

  @Test
  void theSessionOfTheDocumentsRunsAsItIsPrinted() throws Exception {
    cli.with("MOENGAGE_WORKSPACE_ID", "TEST_WORKSPACE")
        .with("MOENGAGE_API_KEY", "TEST_KEY")
        .with("MOENGAGE_BASE_URL", "http://127.0.0.1:8080")
        .with("OUTBOX_LOG_LEVEL", "error");
    Files.copy(Path.of("src/test/resources/sample-request.json"), file("sample-request.json"));
    Files.writeString(file("more.jsonl"), Samples.line("bad@example.com") + "\n");
    transcript.append(
        """
        $ export OUTBOX_JDBC_URL=jdbc:postgresql://localhost/shop OUTBOX_JDBC_USER=postgres OUTBOX_LOG_LEVEL=error
        $ export MOENGAGE_WORKSPACE_ID=TEST_WORKSPACE MOENGAGE_API_KEY=TEST_KEY MOENGAGE_BASE_URL=http://127.0.0.1:8080
        """);
    try (database) {
      run(0, "migrate");
      run(0, "check");
      run(0, "import", "sample-request.json");
      run(0, "import", "more.jsonl");
      run(0, "status");
      try (CliProcess refusing = simulate("--refuse-customer", "bad@example.com")) {
        run(0, "relay", "--until-empty", "--name", "relay-1", "--no-http");
        stop(refusing);
      }
      run(0, "status", "--watch", "--times", "2", "--interval", "1s");
      String uuid = "aa886712-4537-47c1-b126-2686efda2e26";
      String reqId =
          String.valueOf(cli.ok("find", "--uuid", uuid, "-o", "json").row().get("req_id"));
      run(0, "find", "--req-id", reqId);
      run(0, "find", "--uuid", uuid, "--attempts", "--output", "csv");
      run(0, "rejected");
      run(0, "requeue", "--dry-run");
      run(0, "requeue", "--reason", "ticket 4711", "--output", "json");
      try (CliProcess healthy = simulate()) {
        run(0, "relay", "--until-empty", "--name", "relay-2", "--no-http");
        stop(healthy);
      }
      run(0, "find", "--customer", "bad@example.com");
      run(0, "pause", "--reason", "ticket 4712", "--by", "anna");
      run(0, "resume", "--reason", "ticket 4712", "--by", "anna");
      run(0, "purge", "--keep-delivered", "30d", "--yes");
      run(4, "find", "--req-id", "unknown");
    }
    if (WRITE) {
      Files.writeString(DOCUMENT, transcript);
    }
    assertThat(shape(transcript.toString())).isEqualTo(shape(Files.readString(DOCUMENT)));
  }

  private Path file(String name) {
    return directory.resolve(name);
  }

  private void run(int code, String... args) {
    String[] real =
        Arrays.stream(args)
            .map(arg -> arg.contains(".json") ? file(arg).toString() : arg)
            .toArray(String[]::new);
    Cli.Result result = WRITE ? asProcess(real) : cli.run(real);
    assertThat(result.code()).as(result.toString()).isEqualTo(code);
    transcript.append("$ outbox-cli ").append(typed(args)).append('\n');
    transcript.append(result.err()).append(result.out());
    if (code != 0) {
      transcript.append("$ echo $?\n").append(code).append('\n');
    }
  }

  private Cli.Result asProcess(String... args) {
    try (CliProcess process = CliProcess.start(cli.environment(), directory, args)) {
      int code = process.awaitExit();
      return new Cli.Result(code, process.out(), process.err());
    }
  }

  private static String typed(String... args) {
    return String.join(
        " ", Arrays.stream(args).map(arg -> arg.contains(" ") ? "'" + arg + "'" : arg).toList());
  }

  /** Starts one on a port that is free, which is 8080 in the document, and sends there. */
  private CliProcess simulate(String... args) {
    String[] all = new String[args.length + 3];
    all[0] = "simulate";
    all[1] = "--port";
    all[2] = "0";
    System.arraycopy(args, 0, all, 3, args.length);
    CliProcess process = CliProcess.start(Map.of(), directory, all);
    CliProcess.await(
        "it listens", () -> LISTENS.matcher(process.out()).find() || !process.isAlive());
    Matcher listens = LISTENS.matcher(process.out());
    assertThat(listens.find()).as(process.toString()).isTrue();
    cli.with("MOENGAGE_BASE_URL", listens.group(1));
    all[2] = "8080";
    transcript.append("$ outbox-cli ").append(typed(all)).append(" &\n");
    transcript.append(process.out().replace(listens.group(2), "8080"));
    return process;
  }

  private void stop(CliProcess process) {
    String before = process.out();
    process.terminate();
    assertThat(process.awaitExit()).as(process.toString()).isZero();
    transcript.append("$ kill %1\n").append(process.out().substring(before.length()));
  }

  /** Leaves out what differs from run to run: numbers, ids, widths, and the order of halves. */
  private static List<String> shape(String text) {
    return text.lines()
        .map(line -> line.replaceAll("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "UUID"))
        .map(line -> line.replaceAll("\\b[A-Za-z0-9]{8}\\b", "ID"))
        .map(line -> line.replaceAll("\\d+(m \\d+)?s\\b", "AGE"))
        .map(line -> line.replaceAll("\\d+", "N").replaceAll(" +", " ").strip())
        .sorted()
        .toList();
  }
}
