package io.durableoutbox.cli;

import io.durableoutbox.OutboxException;
import java.io.PrintWriter;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/** Tells a person in one sentence what went wrong and the way out; the stack on request only. */
final class Failures {
  private Failures() {}

  static int ofParameters(ParameterException e, String[] args) {
    CommandLine command = e.getCommandLine();
    PrintWriter err = command.getErr();
    err.println(
        error(
            command,
            oneLine(e.getMessage() == null ? "the options can't be understood" : e.getMessage())));
    UnmatchedArgumentException.printSuggestions(e, err);
    err.println("Try: " + command.getCommandSpec().qualifiedName() + " --help");
    err.flush();
    return ExitCode.USAGE;
  }

  static int ofExecution(Exception e, CommandLine command, ParseResult result) {
    return tell(command, e, StandardOptions.isDebug(command));
  }

  static int tell(CommandLine command, Exception e, boolean debug) {
    PrintWriter err = command.getErr();
    command.getOut().flush();
    err.println(error(command, oneLine(sentence(e))));
    if (debug) {
      e.printStackTrace(err);
    }
    err.flush();
    return exitCode(e);
  }

  private static String error(CommandLine command, String message) {
    Shell shell = OutboxCli.of(command.getCommandSpec()).shell();
    boolean colours = shell.terminalErr() && shell.ansi() == Ansi.ON;
    return (colours ? Ansi.ON.string("@|bold,red Error:|@ ") : "Error: ") + message;
  }

  private static int exitCode(Exception e) {
    if (e instanceof CliException c) {
      return c.exitCode();
    }
    return e instanceof IllegalArgumentException ? ExitCode.USAGE : ExitCode.FAILED;
  }

  private static String sentence(Exception e) {
    if (e instanceof CliException
        || e instanceof IllegalArgumentException
        || e instanceof IllegalStateException) {
      return message(e);
    }
    if (e instanceof OutboxException) {
      String hint =
          e.getMessage() != null && e.getMessage().contains("OutboxMigrations")
              ? " (here: outbox-cli migrate, and --schema or OUTBOX_SCHEMA)"
              : databaseHint(e);
      return message(e) + hint;
    }
    String state = sqlState(e);
    return (state == null
            ? "failed with " + e.getClass().getSimpleName()
            : "the database refused (SQLState " + state + ")" + databaseHint(e))
        + "; --debug shows where, and may quote the database or the server";
  }

  private static String message(Exception e) {
    return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
  }

  /** What usually helps, by the class of the SQLState. */
  static String databaseHint(Throwable e) {
    String state = sqlState(e);
    if (state == null) {
      return "";
    }
    if (state.startsWith("28")) {
      return ": user or password are wrong, check OUTBOX_JDBC_USER and OUTBOX_JDBC_PASSWORD";
    }
    if (state.equals("3D000")) {
      return ": there is no such database, check the name in OUTBOX_JDBC_URL";
    }
    if (state.equals("90020")) {
      return ": another process has the H2 file open, add ;AUTO_SERVER=TRUE to OUTBOX_JDBC_URL in"
          + " all of them";
    }
    if (state.equals("42501") || state.equals("90096")) {
      return ": this user lacks a privilege, docs/roles.md says who needs which";
    }
    if (state.startsWith("08") || state.startsWith("90067") || state.startsWith("57P")) {
      return ": the database can't be reached, check OUTBOX_JDBC_URL, the network and whether it"
          + " runs";
    }
    return "";
  }

  static @Nullable String sqlState(@Nullable Throwable e) {
    String found = null;
    for (Throwable t = e; t != null; t = t.getCause()) {
      if (t instanceof SQLException s && s.getSQLState() != null) {
        found = s.getSQLState();
      }
    }
    return found;
  }

  private static String oneLine(String message) {
    return message.lines().map(String::strip).reduce((a, b) -> a + " " + b).orElse("");
  }
}
