package io.durableoutbox.cli.option;

import io.durableoutbox.cli.shell.CliException;
import io.durableoutbox.cli.shell.ExitCode;
import io.durableoutbox.cli.shell.Shell;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Scanner;
import picocli.CommandLine.Model.CommandSpec;

/** Asks before something is done that can't be undone. */
public final class Confirmation {
  private Confirmation() {}

  /**
   * Asks the person, if there is one.
   *
   * @throws CliException if they don't agree
   */
  public static void ask(CommandSpec command, boolean yes, String question) {
    Shell shell = CliContext.of(command).shell();
    if (yes || !shell.canAsk()) {
      return;
    }
    PrintWriter err = command.commandLine().getErr();
    err.print(question + " [y/N] ");
    err.flush();
    // A Scanner reads ahead, which hurts nobody: nothing is read after the answer.
    Scanner scanner = new Scanner(shell.in(), StandardCharsets.UTF_8);
    String answer = scanner.hasNextLine() ? scanner.nextLine().strip() : "";
    if (!answer.toLowerCase(Locale.ROOT).matches("y|yes")) {
      throw new CliException(ExitCode.FAILED, "not confirmed, so nothing was done");
    }
  }
}
