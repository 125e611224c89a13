package io.durableoutbox.cli.command;

import io.durableoutbox.Action;
import io.durableoutbox.InvalidActionException;
import io.durableoutbox.OutboxException;
import io.durableoutbox.cli.data.DatabaseFailures;
import io.durableoutbox.cli.input.ActionParser;
import io.durableoutbox.cli.input.JsonDocuments;
import io.durableoutbox.cli.shell.CliException;
import io.durableoutbox.cli.shell.ExitCode;
import io.durableoutbox.jdbc.AddResult;
import io.durableoutbox.jdbc.Outbox;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;

/**
 * One import: a pass that checks, and one that writes. Holds a document and a batch of actions in
 * memory. A line is committed with all lines before it, or not at all.
 */
final class Import {
  private static final int BATCH = 1_000;
  private static final int MAX_TOLD = 20;
  private static final int MAX_REFUSED = 1_000;

  private final CommandSpec command;
  private final PrintWriter err;
  private final Path path;
  private final ActionParser parser;
  private final long resumeFrom;
  private final boolean skipInvalid;

  private long lines;
  private long actions;
  private long refused;
  private long withoutUuid;
  private long imported;
  private long duplicates;
  private long committedLine;
  private boolean stoppedEarly;

  Import(
      CommandSpec command, Path path, ActionParser parser, long resumeFrom, boolean skipInvalid) {
    this.command = command;
    this.err = command.commandLine().getErr();
    this.path = path;
    this.parser = parser;
    this.resumeFrom = resumeFrom;
    this.skipInvalid = skipInvalid;
  }

  private interface Each {
    void accept(JsonDocuments.Document document, List<Action> actions) throws SQLException;
  }

  /** Reads all, and tells what can't be accepted. */
  void check() throws IOException {
    try {
      pass(
          "Checking",
          (document, read) -> {
            actions += read.size();
            withoutUuid += read.stream().filter(a -> !a.eventUuidGiven()).count();
          },
          this::refuse);
    } catch (SQLException e) {
      throw new IllegalStateException("checking asks no database", e);
    }
    if (refused > MAX_TOLD) {
      err.println("… and " + (refused - MAX_TOLD) + " more.");
    }
  }

  private interface Refusal {
    /** Returns whether to go on. */
    boolean accept(JsonDocuments.Document document, InvalidActionException problem);
  }

  private boolean refuse(JsonDocuments.Document document, InvalidActionException problem) {
    refused++;
    if (refused <= MAX_TOLD) {
      err.println("line " + document.line() + ": " + problem.getMessage());
    }
    stoppedEarly = !skipInvalid && refused >= MAX_REFUSED;
    return !stoppedEarly;
  }

  private void pass(String task, Each each, Refusal refusal) throws IOException, SQLException {
    try (JsonDocuments documents = JsonDocuments.open(path);
        Progress progress = Progress.ofBytes(command, task, Files.size(path))) {
      for (var document = documents.next(); document != null; document = documents.next()) {
        progress.at(documents.bytes());
        if (document.line() < resumeFrom) {
          continue;
        }
        lines = document.lastLine();
        List<Action> read;
        try {
          read = parser.parse(document.text());
        } catch (InvalidActionException e) {
          if (refusal.accept(document, e)) {
            continue;
          }
          return;
        }
        each.accept(document, read);
      }
    }
  }

  /**
   * Writes what was checked.
   *
   * @param chunk after how many documents to commit, or null: at the end
   */
  void write(DataSource dataSource, Outbox outbox, @Nullable Integer chunk) throws IOException {
    if (chunk != null && withoutUuid > 0) {
      err.println(
          withoutUuid
              + " actions have no moe_event_uuid: if this is broken off, go on with --resume-from,"
              + " since importing them again would write them twice.");
    }
    committedLine = resumeFrom - 1;
    Writer writer = null;
    try (Connection connection = dataSource.getConnection()) {
      connection.setAutoCommit(false);
      writer = new Writer(connection, outbox, chunk);
      try {
        pass("Writing", writer::document, this::changed);
        writer.commit();
      } finally {
        if (!connection.isClosed()) {
          connection.rollback();
        }
      }
    } catch (SQLException | OutboxException e) {
      boolean inDoubt = writer != null && writer.committing;
      throw new CliException(ExitCode.FAILED, brokenOff(e, inDoubt, chunk != null), e);
    }
  }

  /** The file was another when it was checked, unless what is refused shall be skipped. */
  private boolean changed(JsonDocuments.Document document, InvalidActionException problem) {
    if (skipInvalid) {
      return true;
    }
    throw new OutboxException(
        "line "
            + document.line()
            + " can't be accepted any more; has the file changed since it was checked?");
  }

  private String brokenOff(Exception e, boolean inDoubt, boolean chunked) {
    String state = DatabaseFailures.state(e);
    String message =
        e instanceof OutboxException && e.getMessage() != null
            ? e.getMessage()
            : "the database refused" + (state == null ? "" : " (SQLState " + state + ")");
    String where =
        inDoubt
            ? "it broke while committing the lines from "
                + (committedLine + 1)
                + " to "
                + lines
                + ", which may be in the outbox: look one up with outbox-cli find"
            : chunked
                ? "the lines up to "
                    + committedLine
                    + " are in the outbox; go on with --resume-from "
                    + (committedLine + 1)
                : "nothing was written";
    return message + Failures.databaseHint(command, e) + "; " + where;
  }

  private final class Writer {
    private final Connection connection;
    private final Outbox outbox;
    private final @Nullable Integer chunk;
    private final List<Action> batch = new ArrayList<>();
    private long documents;
    private long addedSinceCommit;
    private long duplicatesSinceCommit;
    private boolean committing;

    Writer(Connection connection, Outbox outbox, @Nullable Integer chunk) {
      this.connection = connection;
      this.outbox = outbox;
      this.chunk = chunk;
    }

    void document(JsonDocuments.Document document, List<Action> read) throws SQLException {
      for (Action action : read) {
        batch.add(action);
        if (batch.size() >= BATCH) {
          flush();
        }
      }
      documents++;
      if (chunk != null && documents % chunk == 0) {
        commit();
        err.println("Committed up to line " + document.lastLine() + ".");
        err.flush();
      }
    }

    private void flush() {
      AddResult result = outbox.add(connection, batch);
      addedSinceCommit += result.added();
      duplicatesSinceCommit += result.duplicates().size();
      batch.clear();
    }

    void commit() throws SQLException {
      flush();
      committing = true;
      connection.commit();
      committing = false;
      committedLine = lines;
      imported += addedSinceCommit;
      duplicates += duplicatesSinceCommit;
      addedSinceCommit = 0;
      duplicatesSinceCommit = 0;
    }
  }

  /** Returns the number of the last line that was read. */
  long lines() {
    return lines;
  }

  long actions() {
    return actions;
  }

  long refused() {
    return refused;
  }

  boolean stoppedEarly() {
    return stoppedEarly;
  }

  long imported() {
    return imported;
  }

  long duplicates() {
    return duplicates;
  }

  /** Returns the number of the line up to which all is in the outbox; 0 if none. */
  long committedLine() {
    return committedLine;
  }
}
