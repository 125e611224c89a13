package io.durableoutbox.cli.command;

import io.durableoutbox.cli.data.Database;
import io.durableoutbox.cli.data.DriverTimeouts;
import io.durableoutbox.cli.option.Confirmation;
import io.durableoutbox.cli.option.DatabaseOptions;
import io.durableoutbox.cli.option.OutputOptions;
import io.durableoutbox.cli.option.RetentionOptions;
import io.durableoutbox.cli.option.StandardOptions;
import io.durableoutbox.cli.output.Rows;
import io.durableoutbox.cli.shell.ExitCode;
import io.durableoutbox.jdbc.Maintenance;
import io.durableoutbox.jdbc.MaintenanceReport;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** One run of the maintenance. */
@Command(
    name = "purge",
    header = "Deletes and redacts what is too old, and makes partitions ahead.",
    description = {
      "",
      "One run of the maintenance; a daily job is enough, or relay --maintenance. What waits"
          + " is never deleted, and what was rejected only with --keep-rejected. Making and dropping partitions needs the tables' owner;"
          + " for others rows are deleted in batches. Asks on a terminal. What is broken off stays"
          + " done so far, and the next run goes on. More: docs/retention.md.",
      "",
      "Result: what was deleted, dropped, made and redacted; for a dry run, how many delivered"
          + " actions are older (of a partition that is not old as a whole, some are kept)."
    },
    footer = {"", "Example: outbox-cli purge --keep-delivered 30d --redact-delivered 7d --yes"})
public final class PurgeCommand implements Callable<Integer> {
  private static final List<String> COLUMNS =
      List.of(
          "partitions_created",
          "partitions_dropped",
          "delivered_purged",
          "requests_purged",
          "attempts_purged",
          "redacted",
          "messages_redacted",
          "left_to_another");
  private static final List<String> DRY_RUN_COLUMNS = List.of("dry_run", "delivered");

  @Spec
  @SuppressWarnings("NullAway.Init")
  CommandSpec spec;

  @Mixin final RetentionOptions retention = new RetentionOptions();

  @Option(
      names = "--dry-run",
      order = 299,
      description = "Count the delivered actions that are older only.")
  boolean dryRun;

  @Option(
      names = {"-y", "--yes"},
      order = 302,
      description = "Don't ask; without a terminal nobody is asked anyway.")
  boolean yes;

  @Mixin final DatabaseOptions database = new DatabaseOptions();
  @Mixin final OutputOptions output = new OutputOptions();
  @Mixin final StandardOptions standard = new StandardOptions();

  @Override
  public Integer call() {
    standard.setUpLogging(StandardOptions.LogLevel.warn);
    try (Database db = database.open(DriverTimeouts.LONG)) {
      Maintenance.Builder builder = retention.on(db.outbox().maintenance());
      try (Maintenance maintenance = builder.build()) {
        if (dryRun) {
          long old = db.figures().deliveredBefore(retention.keepDelivered);
          try (Rows rows = output.rows(DRY_RUN_COLUMNS, DRY_RUN_COLUMNS)) {
            rows.row(Map.of("dry_run", true, "delivered", old));
          }
          return ExitCode.OK;
        }
        Confirmation.ask(
            spec,
            yes,
            "Delete what was delivered more than "
                + retention.keepDelivered.toDays()
                + " days ago"
                + (retention.keepRejected == null
                    ? "?"
                    : ", and rejected more than "
                        + retention.keepRejected.toDays()
                        + " days ago?"));
        tell(maintenance.runOnce());
      }
    }
    return ExitCode.OK;
  }

  private void tell(MaintenanceReport report) {
    Map<String, Object> row = new LinkedHashMap<>();
    row.put("partitions_created", report.partitionsCreated().size());
    row.put("partitions_dropped", report.partitionsDropped().size());
    row.put("delivered_purged", report.deliveredPurged());
    row.put("rejected_purged", report.rejectedPurged());
    row.put("requests_purged", report.requestsPurged());
    row.put("attempts_purged", report.attemptsPurged());
    row.put("redacted", report.redacted());
    row.put("messages_redacted", report.messagesRedacted());
    row.put(
        "left_to_another",
        String.join(
            " ",
            report.leftToAnother().stream()
                .map(task -> task.name().toLowerCase(Locale.ROOT))
                .sorted()
                .toList()));
    try (Rows rows = output.rows(COLUMNS, COLUMNS)) {
      rows.row(row);
    }
    report.notes().forEach(spec.commandLine().getErr()::println);
  }
}
