package io.durableoutbox.cli.command;

import io.durableoutbox.OutboxException;
import io.durableoutbox.cli.data.DatabaseFailures;
import io.durableoutbox.cli.option.CliContext;
import io.durableoutbox.cli.option.DatabaseOptions;
import io.durableoutbox.cli.option.StandardOptions;
import io.durableoutbox.cli.shell.CliException;
import io.durableoutbox.cli.shell.ExitCode;
import io.durableoutbox.cli.shell.Shell;
import java.io.PrintWriter;
import picocli.CommandLine;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/** Tells a person in one sentence what went wrong and the way out; the stack on request only. */
public final class Failures {
  private Failures() {}

  public static int ofParameters(ParameterException e, String[] args) {
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

  public static int ofExecution(Exception e, CommandLine command, ParseResult result) {
    return tell(command, e, StandardOptions.isDebug(command));
  }

  public static int tell(CommandLine command, Exception e, boolean debug) {
    PrintWriter err = command.getErr();
    command.getOut().flush();
    err.println(error(command, oneLine(sentence(e, command.getCommandSpec()))));
    if (debug) {
      e.printStackTrace(err);
    }
    err.flush();
    return exitCode(e);
  }

  private static String error(CommandLine command, String message) {
    Shell shell = CliContext.of(command.getCommandSpec()).shell();
    boolean colours = shell.terminalErr() && shell.ansi() == Ansi.ON;
    return (colours ? Ansi.ON.string("@|bold,red Error:|@ ") : "Error: ") + message;
  }

  private static int exitCode(Exception e) {
    if (e instanceof CliException c) {
      return c.exitCode();
    }
    return e instanceof IllegalArgumentException ? ExitCode.USAGE : ExitCode.FAILED;
  }

  private static String sentence(Exception e, CommandSpec command) {
    if (e instanceof CliException
        || e instanceof IllegalArgumentException
        || e instanceof IllegalStateException) {
      return message(e);
    }
    if (e instanceof OutboxException) {
      return message(e) + inThisProgram(message(e), command, e);
    }
    String state = DatabaseFailures.state(e);
    return (state == null
            ? "failed with " + e.getClass().getSimpleName()
            : "the database refused (SQLState " + state + ")" + databaseHint(command, e))
        + "; --debug shows where, and may quote the database or the server";
  }

  /** What the library's way out is called here, or what its cause in the database means. */
  private static String inThisProgram(String message, CommandSpec command, Exception e) {
    if (message.contains("OutboxMigrations")) {
      return " (here: outbox-cli migrate, and --schema or OUTBOX_SCHEMA)";
    }
    return message.contains("evenIfUnknown")
        ? " (here: --even-if-unknown)"
        : databaseHint(command, e);
  }

  private static String message(Exception e) {
    return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
  }

  /** Returns what a failure of the database means for a command, after a colon, or nothing. */
  static String databaseHint(CommandSpec command, Throwable e) {
    DatabaseOptions database = DatabaseOptions.of(command);
    String hint = database == null ? "" : database.hint(e);
    if (hint.endsWith("privilege")) {
      hint += ", and " + command.name() + " needs " + role(command.name());
    }
    return hint.isEmpty() ? "" : ": " + hint;
  }

  /** Returns who may do what a command does; docs/roles.md has the whole. */
  private static String role(String command) {
    String role =
        switch (command) {
          case "migrate", "purge" -> "the tables' owner";
          case "relay" -> "the role outbox_relay, with --maintenance the tables' owner";
          case "import" -> "the role outbox_writer";
          case "pause", "resume", "requeue", "erase" -> "the role outbox_operator";
          case "check" -> "the role outbox_relay or outbox_operator";
          default -> "the role outbox_auditor or outbox_operator";
        };
    return role + " (docs/roles.md)";
  }

  private static String oneLine(String message) {
    return message.lines().map(String::strip).reduce((a, b) -> a + " " + b).orElse("");
  }
}
