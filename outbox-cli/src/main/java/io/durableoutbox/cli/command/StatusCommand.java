package io.durableoutbox.cli.command;

import io.durableoutbox.cli.data.Database;
import io.durableoutbox.cli.data.DriverTimeouts;
import io.durableoutbox.cli.data.Status;
import io.durableoutbox.cli.option.Converters;
import io.durableoutbox.cli.option.DatabaseOptions;
import io.durableoutbox.cli.option.OutputOptions;
import io.durableoutbox.cli.option.StandardOptions;
import io.durableoutbox.cli.output.Rows;
import io.durableoutbox.cli.shell.CliException;
import io.durableoutbox.cli.shell.ExitCode;
import java.io.PrintWriter;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Where the outbox stands. */
@Command(
    name = "status",
    header = "Shows what waits, is paused, was rejected and was delivered.",
    description = {
      "",
      "Per workspace: what waits and since when, why it is paused, what was rejected, what was"
          + " delivered in the last minute and hour; and the last requests. Counting reads all"
          + " waiting and rejected rows: some tenths of a second at 100,000.",
      "",
      "Result: a row for each workspace that has or had something to do: workspace, waiting, pending,"
          + " retrying, claimed, oldest_created_at and oldest_age_seconds (of what waits), rejected,"
          + " cancelled, delivered_last_minute, delivered_last_hour, paused, paused_since,"
          + " paused_until, cause, reason, paused_by, way_out, and in json last_requests: rows of"
          + " outbox_request."
    },
    footer = {
      "",
      "Examples:",
      "  outbox-cli status --watch --interval 5s",
      "  outbox-cli status --output json"
    })
public final class StatusCommand implements Callable<Integer> {
  private static final List<String> SHOWN =
      List.of(
          "workspace",
          "waiting",
          "retrying",
          "claimed",
          "oldest",
          "rejected",
          "last_minute",
          "last_hour",
          "paused");
  private static final List<String> REQUESTS_SHOWN =
      List.of(
          "started_at",
          "workspace",
          "outcome",
          "status",
          "actions",
          "duration_ms",
          "req_id",
          "relay");

  @Spec
  @SuppressWarnings("NullAway.Init")
  CommandSpec spec;

  @Option(
      names = {"-w", "--watch"},
      order = 200,
      description =
          "Show it again and again until Ctrl-C: on a terminal in place, else one block after the"
              + " other, in json one array a line.")
  boolean watch;

  @Option(
      names = "--interval",
      paramLabel = "DURATION",
      defaultValue = "2s",
      order = 201,
      converter = Converters.OfDuration.class,
      description = "How long to wait in between; at least 100ms, default ${DEFAULT-VALUE}.")
  Duration interval = Duration.ofSeconds(2);

  @Option(
      names = "--times",
      paramLabel = "N",
      order = 202,
      description = "With --watch: end after so many times.")
  @Nullable Integer times;

  @Option(
      names = "--requests",
      paramLabel = "N",
      defaultValue = "5",
      order = 203,
      description = "Show so many of the last requests, 0 to 100; default ${DEFAULT-VALUE}.")
  int requests = 5;

  @Mixin final DatabaseOptions database = new DatabaseOptions();
  @Mixin final OutputOptions output = new OutputOptions();
  @Mixin final StandardOptions standard = new StandardOptions();

  @Override
  public Integer call() throws InterruptedException {
    standard.setUpLogging(StandardOptions.LogLevel.warn);
    if (requests < 0 || requests > 100) {
      throw CliException.usage("--requests must be from 0 to 100");
    }
    if (interval.compareTo(Duration.ofMillis(100)) < 0) {
      throw CliException.usage("--interval must be at least 100ms");
    }
    if (times != null && (!watch || times < 1)) {
      throw CliException.usage("--times must be at least 1, and needs --watch");
    }
    try (Database db = database.open(DriverTimeouts.QUESTION)) {
      int shown = 0;
      while (true) {
        show(Status.read(db, requests));
        shown++;
        boolean gone = spec.commandLine().getOut().checkError();
        if (gone || !watch || (times != null && shown >= times)) {
          return ExitCode.OK;
        }
        TimeUnit.NANOSECONDS.sleep(interval.toNanos());
      }
    }
  }

  private void show(Status status) {
    if (output.format != OutputOptions.Format.table) {
      try (Rows rows = output.rows(Status.COLUMNS, SHOWN)) {
        status.rows().forEach(rows::row);
      }
      return;
    }
    PrintWriter out = spec.commandLine().getOut();
    Ansi ansi = spec.commandLine().getColorScheme().ansi();
    if (watch) {
      if (ansi.enabled()) {
        out.print("\u001b[H\u001b[2J");
      }
      out.println(status.now().truncatedTo(ChronoUnit.SECONDS));
    }
    try (Rows rows = output.rows(SHOWN, SHOWN)) {
      status.tableRows().forEach(rows::row);
    }
    for (String pause : status.pauses()) {
      out.println(ansi.string("@|bold,yellow PAUSED|@ ") + pause);
    }
    if (!status.requests().isEmpty()) {
      out.println();
      try (Rows rows = output.rows(REQUESTS_SHOWN, REQUESTS_SHOWN)) {
        status.requests().forEach(rows::row);
      }
    }
    if (watch) {
      out.println();
    }
    out.flush();
  }
}
