package io.durableoutbox.cli.command;

import io.durableoutbox.cli.data.Database;
import io.durableoutbox.cli.data.DriverTimeouts;
import io.durableoutbox.cli.option.DatabaseOptions;
import io.durableoutbox.cli.option.OutputOptions;
import io.durableoutbox.cli.option.StandardOptions;
import io.durableoutbox.cli.output.Rows;
import io.durableoutbox.cli.shell.ExitCode;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Brings the schema up to date. */
@Command(
    name = "migrate",
    header = "Makes the outbox's tables, or brings them up to date.",
    description = {
      "",
      "Runs the migrations that are missing, as a user who may create tables; running it again does"
          + " nothing. Its history is in outbox_schema_history, so it works beside another"
          + " Flyway. With --schema, that schema is created if it does not exist.",
      "",
      "Result: migrations, how many were run."
    },
    footer = {"", "Example: outbox-cli migrate --schema outbox"})
public final class MigrateCommand implements Callable<Integer> {
  private static final List<String> COLUMNS = List.of("migrations");

  @Mixin final DatabaseOptions database = new DatabaseOptions();
  @Mixin final OutputOptions output = new OutputOptions();
  @Mixin final StandardOptions standard = new StandardOptions();

  @Override
  public Integer call() {
    standard.setUpLogging(StandardOptions.LogLevel.warn);
    int migrations;
    try (Database db = database.open(DriverTimeouts.LONG)) {
      migrations = db.migrations().migrate();
    }
    try (Rows rows = output.rows(COLUMNS, COLUMNS)) {
      rows.row(Map.of("migrations", migrations));
    }
    return ExitCode.OK;
  }
}
