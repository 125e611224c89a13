package io.durableoutbox.cli.command;

import io.durableoutbox.cli.data.Database;
import io.durableoutbox.cli.data.DriverTimeouts;
import io.durableoutbox.cli.option.DatabaseOptions;
import io.durableoutbox.cli.option.OutputOptions;
import io.durableoutbox.cli.option.StandardOptions;
import io.durableoutbox.cli.output.Rows;
import io.durableoutbox.cli.shell.ExitCode;
import io.durableoutbox.jdbc.Diagnosis;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The self-diagnosis. */
@Command(
    name = "check",
    header = "Says what is wrong with the outbox and what to do.",
    description = {
      "",
      "Looks at what waits, is paused or rejected, at the schema, maintenance, clocks and, on"
          + " PostgreSQL, at indexes, plans, vacuum, partitions and privileges. It only reads, and"
          + " nobody waits for it. Ends with 3 if something is critical, with 0 if there are"
          + " warnings only or nothing. docs/diagnosis.md explains each code.",
      "",
      "Result: a row for each finding, the critical ones first; none if all is well."
    },
    footer = {"", "Example: outbox-cli check --output json"})
public final class CheckCommand implements Callable<Integer> {
  private static final List<String> COLUMNS =
      List.of("severity", "code", "subject", "message", "advice");

  @Spec
  @SuppressWarnings("NullAway.Init")
  CommandSpec spec;

  @Option(names = "--strict", order = 200, description = "End with 3 for a warning, too.")
  boolean strict;

  @Mixin final DatabaseOptions database = new DatabaseOptions();
  @Mixin final OutputOptions output = new OutputOptions();
  @Mixin final StandardOptions standard = new StandardOptions();

  @Override
  public Integer call() {
    standard.setUpLogging(StandardOptions.LogLevel.warn);
    Diagnosis diagnosis;
    try (Database db = database.open(DriverTimeouts.QUESTION)) {
      diagnosis = db.outbox().diagnose();
    }
    if (output.format == OutputOptions.Format.table) {
      sentences(diagnosis);
    } else {
      try (Rows rows = output.rows(COLUMNS, COLUMNS)) {
        diagnosis
            .findings()
            .forEach(
                f ->
                    rows.row(
                        Map.of(
                            "severity", name(f.severity()),
                            "code", f.code(),
                            "subject", f.subject(),
                            "message", f.message(),
                            "advice", f.advice())));
      }
    }
    boolean critical =
        diagnosis.findings().stream().anyMatch(f -> f.severity() == Diagnosis.Severity.CRITICAL);
    return critical || (strict && !diagnosis.isHealthy()) ? ExitCode.CRITICAL : ExitCode.OK;
  }

  private static String name(Diagnosis.Severity severity) {
    return severity.name().toLowerCase(Locale.ROOT);
  }

  private void sentences(Diagnosis diagnosis) {
    var out = spec.commandLine().getOut();
    var ansi = spec.commandLine().getColorScheme().ansi();
    if (diagnosis.isHealthy()) {
      out.println("Nothing is wrong.");
    }
    for (Diagnosis.Finding f : diagnosis.findings()) {
      String style = f.severity() == Diagnosis.Severity.CRITICAL ? "bold,red" : "bold,yellow";
      out.println(
          ansi.string("@|" + style + " " + f.severity() + "|@ ") + f.code() + about(f.subject()));
      out.println("  " + f.message());
      out.println("  " + f.advice());
    }
  }

  private static String about(String subject) {
    return subject.isEmpty() ? "" : " (" + subject + ")";
  }
}
