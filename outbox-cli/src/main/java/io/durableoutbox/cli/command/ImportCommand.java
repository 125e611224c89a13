package io.durableoutbox.cli.command;

import io.durableoutbox.Action;
import io.durableoutbox.cli.data.Database;
import io.durableoutbox.cli.data.DriverTimeouts;
import io.durableoutbox.cli.input.ActionParser;
import io.durableoutbox.cli.option.CliContext;
import io.durableoutbox.cli.option.CliPaths;
import io.durableoutbox.cli.option.DatabaseOptions;
import io.durableoutbox.cli.option.OutputOptions;
import io.durableoutbox.cli.option.StandardOptions;
import io.durableoutbox.cli.output.Rows;
import io.durableoutbox.cli.shell.CliException;
import io.durableoutbox.cli.shell.ExitCode;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Writes actions from a file. */
@Command(
    name = "import",
    header = "Writes actions from a file or standard input into the outbox.",
    description = {
      "",
      "JSON lines in UTF-8, with MoEngage's field names. A line is an action with its user's fields:",
      "  {\"customer_id\": …, \"action\": …, \"platform\": …, \"attributes\": {…}}",
      "and, if wanted, moe_event_uuid, event_time (whole seconds; else now), user_timezone_offset,"
          + " user_attributes, workspace. Or an element, which has the user's fields and an array"
          + " \"actions\"; or a whole request's body, {\"elements\": [{…}]}. A document may also go"
          + " over several lines.",
      "",
      "First all is read and checked; if a line can't be accepted, nothing is written, the lines are"
          + " named on standard error by number and field, and it ends with 5. Then all is written"
          + " in one transaction, or with --chunk in several. An action whose moe_event_uuid is in"
          + " the outbox already is counted as a duplicate and not written again, so a file whose"
          + " lines have UUIDs can simply be imported again. For others: what was committed is told"
          + " on standard error, and --resume-from goes on after it.",
      "",
      "Result: lines (up to which it was read), actions, imported, duplicates, refused,"
          + " committed_line (up to which all is in the outbox)."
    },
    footer = {
      "",
      "Examples:",
      "  outbox-cli import actions.jsonl",
      "  produce | outbox-cli import - --chunk 10000",
      "  outbox-cli import actions.jsonl --chunk 10000 --resume-from 120001"
    })
public final class ImportCommand implements Callable<Integer> {
  private static final List<String> COLUMNS =
      List.of("lines", "actions", "imported", "duplicates", "refused", "committed_line");

  @Spec
  @SuppressWarnings("NullAway.Init")
  CommandSpec spec;

  @Parameters(
      paramLabel = "FILE",
      description =
          "The file, or - for standard input, which is kept in a private temporary file until it was"
              + " read to its end.")
  String file = "";

  @Option(
      names = "--chunk",
      paramLabel = "N",
      order = 200,
      description = "Commit after every N documents; default: once, at the end.")
  @Nullable Integer chunk;

  @Option(
      names = "--resume-from",
      paramLabel = "LINE",
      defaultValue = "1",
      order = 201,
      description = "Leave out the lines before this one.")
  long resumeFrom = 1;

  @Option(
      names = "--skip-invalid",
      order = 202,
      description = "Write what can be accepted, name the others, and end with 5.")
  boolean skipInvalid;

  @Option(names = "--dry-run", order = 203, description = "Check only; needs no database.")
  boolean dryRun;

  @Option(
      names = "--workspace",
      paramLabel = "NAME",
      descriptionKey = "OUTBOX_WORKSPACE",
      defaultValue = Action.DEFAULT_WORKSPACE,
      order = 204,
      description =
          "The workspace of lines that name none; default ${DEFAULT-VALUE}. [OUTBOX_WORKSPACE]")
  String workspace = Action.DEFAULT_WORKSPACE;

  @Mixin final DatabaseOptions database = new DatabaseOptions();
  @Mixin final OutputOptions output = new OutputOptions();
  @Mixin final StandardOptions standard = new StandardOptions();

  @Override
  public Integer call() {
    standard.setUpLogging(StandardOptions.LogLevel.warn);
    if (chunk != null && chunk < 1) {
      throw CliException.usage("--chunk must be at least 1");
    }
    if (resumeFrom < 1) {
      throw CliException.usage("--resume-from must be at least 1");
    }
    try {
      return file.equals("-") ? fromStandardInput() : from(CliPaths.of("FILE", file), file);
    } catch (CharacterCodingException e) {
      throw new CliException(
          ExitCode.INCOMPLETE, "the input is not UTF-8 text; convert it, nothing was written", e);
    } catch (IOException e) {
      throw new CliException(
          ExitCode.FAILED,
          "the input can't be read (" + e.getClass().getSimpleName() + "): check " + file,
          e);
    }
  }

  private int fromStandardInput() throws IOException {
    // Read twice, and no transaction is open while it is awaited. Readable by its owner alone.
    Path copy = Files.createTempFile("outbox-import", ".jsonl");
    copy.toFile().deleteOnExit();
    try {
      Files.copy(CliContext.of(spec).shell().in(), copy, StandardCopyOption.REPLACE_EXISTING);
      return from(copy, "standard input");
    } finally {
      Files.deleteIfExists(copy);
    }
  }

  private int from(Path path, String name) throws IOException {
    if (!Files.isReadable(path) || Files.isDirectory(path)) {
      throw CliException.usage("there is no readable file " + name);
    }
    ActionParser parser = new ActionParser(workspace);
    Import run = new Import(spec, path, parser, resumeFrom, skipInvalid);
    run.check();
    if (run.refused() > 0 && !skipInvalid) {
      throw new CliException(
          ExitCode.INCOMPLETE,
          run.refused()
              + (run.stoppedEarly() ? " lines or more" : " of the lines")
              + " can't be accepted, so nothing was written; correct them, or leave them out with"
              + " --skip-invalid");
    }
    if (!dryRun) {
      try (Database db = database.open(DriverTimeouts.LONG)) {
        run.write(db.dataSource(), db.outbox(), chunk);
      }
    }
    Map<String, Object> row = new LinkedHashMap<>();
    row.put("lines", run.lines());
    row.put("actions", run.actions());
    row.put("imported", run.imported());
    row.put("duplicates", run.duplicates());
    row.put("refused", run.refused());
    row.put("committed_line", run.committedLine());
    try (Rows rows = output.rows(COLUMNS, COLUMNS)) {
      rows.row(row);
    }
    return run.refused() > 0 ? ExitCode.INCOMPLETE : ExitCode.OK;
  }
}
