package io.durableoutbox.cli.command;

import io.durableoutbox.Action;
import io.durableoutbox.cli.data.Database;
import io.durableoutbox.cli.data.DriverTimeouts;
import io.durableoutbox.cli.option.DatabaseOptions;
import io.durableoutbox.cli.option.OperatorOptions;
import io.durableoutbox.cli.option.OutputOptions;
import io.durableoutbox.cli.option.StandardOptions;
import io.durableoutbox.cli.output.Rows;
import io.durableoutbox.cli.shell.ExitCode;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Ends a pause. */
@Command(
    name = "resume",
    header = "Ends a workspace's pause, a person's or a relay's.",
    description = {
      "",
      "All relays follow within their poll interval. Ends with 4 if the workspace was not paused,"
          + " which is how it shall be.",
      "",
      "Result: workspace, resumed."
    },
    footer = {"", "Example: outbox-cli resume --workspace default --reason 'key replaced'"})
public final class ResumeCommand implements Callable<Integer> {
  private static final List<String> COLUMNS = List.of("workspace", "resumed");

  @Spec
  @SuppressWarnings("NullAway.Init")
  CommandSpec spec;

  @Option(
      names = "--workspace",
      paramLabel = "NAME",
      defaultValue = Action.DEFAULT_WORKSPACE,
      order = 200,
      description = "The workspace; default: ${DEFAULT-VALUE}.")
  String workspace = Action.DEFAULT_WORKSPACE;

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
    boolean resumed;
    try (Database db = database.open(DriverTimeouts.QUESTION)) {
      resumed = operator.on(db.outbox(), evenIfUnknown).resume(workspace, operator.reason);
    }
    try (Rows rows = output.rows(COLUMNS, COLUMNS)) {
      rows.row(Map.of("workspace", workspace, "resumed", resumed));
    }
    if (!resumed) {
      spec.commandLine().getErr().println("Workspace " + workspace + " was not paused.");
      return ExitCode.NOT_FOUND;
    }
    return ExitCode.OK;
  }
}
