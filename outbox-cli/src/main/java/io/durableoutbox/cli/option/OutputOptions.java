package io.durableoutbox.cli.option;

import io.durableoutbox.cli.output.CsvRows;
import io.durableoutbox.cli.output.JsonRows;
import io.durableoutbox.cli.output.Rows;
import io.durableoutbox.cli.output.TableRows;
import java.io.PrintWriter;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** How results are written. */
public final class OutputOptions {
  @Spec(Spec.Target.MIXEE)
  @SuppressWarnings("NullAway.Init")
  CommandSpec command;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FORMAT",
      descriptionKey = "OUTBOX_OUTPUT",
      defaultValue = "table",
      order = 800,
      description =
          "${COMPLETION-CANDIDATES}; default ${DEFAULT-VALUE}. json and csv have every column, and"
              + " names that stay. [OUTBOX_OUTPUT]")
  public Format format = Format.table;

  /** The forms of results, by the names that people give. */
  public enum Format {
    table,
    json,
    csv
  }

  /**
   * Starts a result of rows.
   *
   * @param columns what json and csv have
   * @param shown what a table has
   */
  public Rows rows(List<String> columns, List<String> shown) {
    PrintWriter out = command.commandLine().getOut();
    return switch (format) {
      case json -> new JsonRows(out, columns);
      case csv -> new CsvRows(out, columns);
      case table -> new TableRows(out, shown, command.commandLine().getColorScheme().ansi());
    };
  }
}
