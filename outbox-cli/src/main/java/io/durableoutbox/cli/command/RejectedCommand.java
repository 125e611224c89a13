package io.durableoutbox.cli.command;

import io.durableoutbox.cli.data.Actions;
import io.durableoutbox.cli.data.Database;
import io.durableoutbox.cli.data.DriverTimeouts;
import io.durableoutbox.cli.option.DatabaseOptions;
import io.durableoutbox.cli.option.FilterOptions;
import io.durableoutbox.cli.option.OutputOptions;
import io.durableoutbox.cli.option.StandardOptions;
import io.durableoutbox.cli.output.Rows;
import io.durableoutbox.cli.shell.CliException;
import io.durableoutbox.cli.shell.ExitCode;
import io.durableoutbox.jdbc.ActionFilter;
import io.durableoutbox.jdbc.ActionState;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Lists dead letters. */
@Command(
    name = "rejected",
    header = "Lists the actions that were rejected, and why.",
    description = {
      "",
      "They were refused by the server for good, or were not fit to be sent. They are kept, and sent"
          + " again only when somebody requeues them.",
      "",
      "Result: rows of the view outbox_audit, the first rejected first; last_error has the reason."
    },
    footer = {
      "",
      "Examples:",
      "  outbox-cli rejected --workspace default --from 2026-11-23",
      "  outbox-cli rejected --reason-contains 'customer_id' --output csv"
    })
public final class RejectedCommand implements Callable<Integer> {
  private static final List<String> SHOWN =
      List.of(
          "workspace",
          "event_uuid",
          "customer_id",
          "state",
          "attempts",
          "rejected_at",
          "last_error");

  @Spec
  @SuppressWarnings("NullAway.Init")
  CommandSpec spec;

  @Mixin final FilterOptions filter = new FilterOptions();

  @Option(names = "--cancelled", order = 207, description = "Those as well that a person took out.")
  boolean cancelled;

  @Option(
      names = "--limit",
      paramLabel = "N",
      defaultValue = "1000",
      order = 208,
      description = "At most so many; default ${DEFAULT-VALUE}.")
  long limit = 1_000;

  @Mixin final DatabaseOptions database = new DatabaseOptions();
  @Mixin final OutputOptions output = new OutputOptions();
  @Mixin final StandardOptions standard = new StandardOptions();

  @Override
  public Integer call() {
    standard.setUpLogging(StandardOptions.LogLevel.warn);
    if (limit < 1) {
      throw CliException.usage("--limit must be at least 1");
    }
    try (Database db = database.open(DriverTimeouts.QUESTION)) {
      boolean more;
      try (Rows rows = output.rows(Actions.COLUMNS, SHOWN)) {
        more =
            Actions.each(
                db.outbox().audit(),
                states(filter.filter(), cancelled),
                limit,
                action -> rows.row(Actions.row(action)));
      }
      if (more) {
        spec.commandLine()
            .getErr()
            .println("There may be more than " + limit + "; raise --limit or narrow the question.");
      }
    }
    return ExitCode.OK;
  }

  static ActionFilter states(ActionFilter filter, boolean cancelled) {
    return cancelled
        ? filter.states(ActionState.REJECTED, ActionState.CANCELLED)
        : filter.states(ActionState.REJECTED);
  }
}
