package io.durableoutbox.cli.command;

import io.durableoutbox.Action;
import io.durableoutbox.cli.data.Database;
import io.durableoutbox.cli.data.DriverTimeouts;
import io.durableoutbox.cli.option.Converters;
import io.durableoutbox.cli.option.DatabaseOptions;
import io.durableoutbox.cli.option.OperatorOptions;
import io.durableoutbox.cli.option.OutputOptions;
import io.durableoutbox.cli.option.StandardOptions;
import io.durableoutbox.cli.output.Rows;
import io.durableoutbox.cli.shell.ExitCode;
import io.durableoutbox.jdbc.Operator;
import io.durableoutbox.jdbc.WorkspaceCount;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Stops sending to a workspace. */
@Command(
    name = "pause",
    header = "Stops sending to a workspace; what is written waits.",
    description = {
      "",
      "All relays follow within their poll interval, on whichever machine. What is out is finished."
          + " With --for, one request probes afterwards, and if it is answered all goes on; without,"
          + " somebody must resume it. Asks on a terminal.",
      "",
      "Result: workspace, paused, waiting (how many actions wait there now)."
    },
    footer = {"", "Example: outbox-cli pause --workspace default --for 1h --reason 'ticket 4711'"})
public final class PauseCommand implements Callable<Integer> {
  private static final List<String> COLUMNS = List.of("dry_run", "workspace", "paused", "waiting");

  @Option(
      names = "--workspace",
      paramLabel = "NAME",
      defaultValue = Action.DEFAULT_WORKSPACE,
      order = 200,
      description = "The workspace; default: ${DEFAULT-VALUE}.")
  String workspace = Action.DEFAULT_WORKSPACE;

  @Option(
      names = "--for",
      paramLabel = "DURATION",
      order = 201,
      converter = Converters.OfDuration.class,
      description = "For how long, like 10m or 2h; default: until somebody resumes it.")
  @Nullable Duration duration;

  @Option(names = "--dry-run", order = 299, description = "Count what waits there only.")
  boolean dryRun;

  @Option(
      names = "--even-if-unknown",
      order = 203,
      description =
          "Also if no action, request or pause has had the name, as before the first action.")
  boolean evenIfUnknown;

  @Mixin final OperatorOptions operator = new OperatorOptions();
  @Mixin final DatabaseOptions database = new DatabaseOptions();
  @Mixin final OutputOptions output = new OutputOptions();
  @Mixin final StandardOptions standard = new StandardOptions();

  @Override
  public Integer call() {
    standard.setUpLogging(StandardOptions.LogLevel.warn);
    try (Database db = database.open(DriverTimeouts.QUESTION)) {
      Operator on = operator.on(db.outbox(), evenIfUnknown);
      if (!dryRun) {
        operator.confirm("Send nothing to workspace " + workspace + "?");
        if (duration == null) {
          on.pause(workspace, operator.reason);
        } else {
          on.pause(workspace, duration, operator.reason);
        }
      }
      long waiting =
          db.outbox().audit().undelivered().stream()
              .filter(c -> c.workspace().equals(workspace) && c.state().isWaiting())
              .mapToLong(WorkspaceCount::actions)
              .sum();
      boolean paused =
          db.outbox().workspaces().stream()
              .anyMatch(w -> w.workspace().equals(workspace) && w.isPaused());
      try (Rows rows = output.rows(COLUMNS, COLUMNS)) {
        rows.row(
            Map.of(
                "dry_run", dryRun, "workspace", workspace, "paused", paused, "waiting", waiting));
      }
    }
    return ExitCode.OK;
  }
}
