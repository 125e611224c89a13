package io.durableoutbox.cli.command;

import io.durableoutbox.cli.data.Database;
import io.durableoutbox.cli.data.DriverTimeouts;
import io.durableoutbox.cli.option.DatabaseOptions;
import io.durableoutbox.cli.option.FilterOptions;
import io.durableoutbox.cli.option.OperatorOptions;
import io.durableoutbox.cli.option.OutputOptions;
import io.durableoutbox.cli.option.StandardOptions;
import io.durableoutbox.cli.output.Rows;
import io.durableoutbox.cli.shell.ExitCode;
import io.durableoutbox.jdbc.ActionFilter;
import io.durableoutbox.jdbc.OperationResult;
import io.durableoutbox.jdbc.Requeue;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Puts dead letters back. */
@Command(
    name = "requeue",
    header = "Puts rejected actions back into the outbox, under their UUIDs.",
    description = {
      "",
      "Without a filter: all that were rejected. Asks on a terminal. What is broken off stays done so"
          + " far, and doing it again goes on with the rest. Skipped are those that were redacted,"
          + " those that were written again, and those that somebody else has in hand.",
      "",
      "Result: actions, skipped, operation_id (of outbox_operation; empty for a dry run)."
    },
    footer = {
      "",
      "Examples:",
      "  outbox-cli requeue --dry-run",
      "  outbox-cli requeue --reason-contains 'Invalid Field' --reason 'ticket 4711' --per-minute 600"
    })
public final class RequeueCommand implements Callable<Integer> {
  private static final List<String> COLUMNS =
      List.of("dry_run", "actions", "skipped", "operation_id");

  @Spec
  @SuppressWarnings("NullAway.Init")
  CommandSpec spec;

  @Mixin final FilterOptions filter = new FilterOptions();

  @Option(names = "--cancelled", order = 207, description = "Those as well that a person took out.")
  boolean cancelled;

  @Option(
      names = "--per-minute",
      paramLabel = "N",
      order = 208,
      description = "So many leave each minute; default: as fast as the relays are.")
  @Nullable Integer perMinute;

  @Option(names = "--dry-run", order = 299, description = "Count only.")
  boolean dryRun;

  @Mixin final OperatorOptions operator = new OperatorOptions();
  @Mixin final DatabaseOptions database = new DatabaseOptions();
  @Mixin final OutputOptions output = new OutputOptions();
  @Mixin final StandardOptions standard = new StandardOptions();

  @Override
  public Integer call() {
    standard.setUpLogging(StandardOptions.LogLevel.warn);
    ActionFilter wanted = RejectedCommand.states(filter.filter(), cancelled);
    Requeue requeue = new Requeue(wanted, operator.reason, perMinute, dryRun);
    try (Database db = database.open(DriverTimeouts.LONG)) {
      var on = operator.on(db.outbox());
      if (!dryRun) {
        operator.confirm("Requeue " + on.requeue(requeue.asDryRun()).actions() + " actions?");
      }
      OperationResult result = on.requeue(requeue);
      if (result.actions() + result.skipped() == 0) {
        spec.commandLine().getErr().println("No rejected action is meant; the names are exact.");
      }
      Map<String, @Nullable Object> row = new LinkedHashMap<>();
      row.put("dry_run", dryRun);
      row.put("actions", result.actions());
      row.put("skipped", result.skipped());
      row.put("operation_id", result.operationId());
      try (Rows rows = output.rows(COLUMNS, COLUMNS)) {
        rows.row(row);
      }
    }
    return ExitCode.OK;
  }
}
