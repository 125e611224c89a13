package io.durableoutbox.cli.command;

import io.durableoutbox.cli.data.Actions;
import io.durableoutbox.cli.data.Database;
import io.durableoutbox.cli.data.DriverTimeouts;
import io.durableoutbox.cli.option.CliContext;
import io.durableoutbox.cli.option.DatabaseOptions;
import io.durableoutbox.cli.option.OperatorOptions;
import io.durableoutbox.cli.option.OutputOptions;
import io.durableoutbox.cli.option.StandardOptions;
import io.durableoutbox.cli.output.Rows;
import io.durableoutbox.cli.shell.CliException;
import io.durableoutbox.cli.shell.ExitCode;
import io.durableoutbox.jdbc.ActionFilter;
import io.durableoutbox.jdbc.AuditedAction;
import io.durableoutbox.jdbc.ErasureResult;
import io.durableoutbox.jdbc.Outbox;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Scanner;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Forgets a customer. */
@Command(
    name = "erase",
    header = "Deletes everything of one customer, in all workspaces.",
    description = {
      "",
      "Waiting, delivered and rejected actions, their attempts, and the id where a server or a person"
          + " quoted it. Not what MoEngage has, backups, or what the application writes afterwards:"
          + " stop that first. If in_flight is not 0, a relay held some: erase once more when its"
          + " lease has ended. Asks on a terminal. What is broken off stays done so far; do it"
          + " again.",
      "",
      "Result: waiting, delivered, rejected (how many actions of each), in_flight, operation_id."
    },
    footer = {
      "",
      "Examples:",
      "  outbox-cli erase --customer john@example.com --dry-run",
      "  outbox-cli erase --customer - --reason 'ticket 4711' --yes < id.txt"
    })
public final class EraseCommand implements Callable<Integer> {
  private static final List<String> COLUMNS =
      List.of("dry_run", "waiting", "delivered", "rejected", "in_flight", "operation_id");

  @Spec
  @SuppressWarnings("NullAway.Init")
  CommandSpec spec;

  @Option(
      names = "--customer",
      paramLabel = "ID",
      required = true,
      order = 200,
      description =
          "The customer_id as it was written; - reads it from the first line of standard input, so"
              + " that it is in no list of processes and no history.")
  String customer = "";

  @Option(names = "--dry-run", order = 299, description = "Count only.")
  boolean dryRun;

  @Mixin final OperatorOptions operator = new OperatorOptions();
  @Mixin final DatabaseOptions database = new DatabaseOptions();
  @Mixin final OutputOptions output = new OutputOptions();
  @Mixin final StandardOptions standard = new StandardOptions();

  @Override
  public Integer call() {
    standard.setUpLogging(StandardOptions.LogLevel.warn);
    String id = customer.equals("-") ? firstLine() : customer;
    try (Database db = database.open(DriverTimeouts.LONG)) {
      Map<String, @Nullable Object> row = new LinkedHashMap<>();
      row.put("dry_run", dryRun);
      if (dryRun) {
        count(db.outbox(), id, row);
      } else {
        operator.confirm("Delete everything of this customer, for good?");
        ErasureResult erased = operator.on(db.outbox()).erase(id, operator.reason);
        row.put("waiting", erased.waiting());
        row.put("delivered", erased.delivered());
        row.put("rejected", erased.rejected());
        row.put("in_flight", erased.inFlight());
        row.put("operation_id", erased.operationId());
        if (erased.actions() == 0) {
          spec.commandLine()
              .getErr()
              .println("Nothing of this customer was found; the id is compared as it was written.");
        }
        if (erased.inFlight() > 0) {
          spec.commandLine()
              .getErr()
              .println("A relay held some of them; erase once more when its lease has ended.");
        }
      }
      try (Rows rows = output.rows(COLUMNS, COLUMNS)) {
        rows.row(row);
      }
    }
    return ExitCode.OK;
  }

  private String firstLine() {
    Scanner scanner = new Scanner(CliContext.of(spec).shell().in(), StandardCharsets.UTF_8);
    if (!scanner.hasNextLine()) {
      throw CliException.usage("--customer - found no line on standard input");
    }
    return scanner.nextLine();
  }

  private static void count(Outbox outbox, String id, Map<String, @Nullable Object> row) {
    long[] counts = new long[4];
    Actions.each(
        outbox.audit(),
        ActionFilter.all().customerId(id),
        Long.MAX_VALUE,
        action -> count(action, counts));
    row.put("waiting", counts[0]);
    row.put("delivered", counts[1]);
    row.put("rejected", counts[2]);
    row.put("in_flight", counts[3]);
  }

  private static void count(AuditedAction action, long[] counts) {
    switch (action.state()) {
      case PENDING, RETRYING -> counts[0]++;
      case CLAIMED -> {
        counts[0]++;
        counts[3]++;
      }
      case DELIVERED -> counts[1]++;
      case REJECTED, CANCELLED -> counts[2]++;
    }
  }
}
