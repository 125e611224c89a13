package io.durableoutbox.cli.shell;

import java.io.Console;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.InvocationTargetException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import picocli.CommandLine.Help.Ansi;

/**
 * What a command is started from.
 *
 * @param environment the environment variables
 * @param in standard input
 * @param terminalIn whether a person types there
 * @param terminalOut whether standard output is a terminal
 * @param terminalErr whether standard error is a terminal
 */
public record Shell(
    Map<String, String> environment,
    InputStream in,
    boolean terminalIn,
    boolean terminalOut,
    boolean terminalErr) {

  /** Returns the one that this process was started from. */
  public static Shell ofProcess() {
    return new Shell(System.getenv(), System.in, isTerminal(0), isTerminal(1), isTerminal(2));
  }

  /** Returns whether to use colours and cursor movements; see no-color.org. */
  public Ansi ansi() {
    return terminalOut && environment.getOrDefault("NO_COLOR", "").isEmpty() ? Ansi.ON : Ansi.OFF;
  }

  /** Returns whether somebody is there to be asked. */
  public boolean canAsk() {
    return terminalIn && terminalErr;
  }

  /** Java tells of all three streams at once only; Linux tells of each. */
  @SuppressWarnings("SystemConsoleNull") // What it means from Java 22 on is asked below.
  private static boolean isTerminal(int fileDescriptor) {
    Path link = Path.of("/proc/self/fd/" + fileDescriptor);
    if (Files.isSymbolicLink(link)) {
      try {
        String target = Files.readSymbolicLink(link).toString();
        return target.startsWith("/dev/pts/")
            || target.startsWith("/dev/tty")
            || target.equals("/dev/console");
      } catch (IOException e) {
        return false;
      }
    }
    Console console = System.console();
    return console != null && isTerminal(console);
  }

  /** From Java 22 on there is a console without a terminal, too, and a method that says so. */
  private static boolean isTerminal(Console console) {
    try {
      return (boolean) Console.class.getMethod("isTerminal").invoke(console);
    } catch (NoSuchMethodException e) {
      return true;
    } catch (IllegalAccessException | InvocationTargetException e) {
      return false;
    }
  }
}
