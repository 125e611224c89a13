package io.durableoutbox.cli.shell;

/** With what a command ends; documented in every help text and in docs/cli.md. */
public final class ExitCode {
  public static final int OK = 0;
  public static final int FAILED = 1;
  public static final int USAGE = 2;
  public static final int CRITICAL = 3;
  public static final int NOT_FOUND = 4;
  public static final int INCOMPLETE = 5;

  private ExitCode() {}
}
