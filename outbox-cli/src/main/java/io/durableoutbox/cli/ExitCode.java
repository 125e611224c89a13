package io.durableoutbox.cli;

/** With what a command ends; documented in every help text and in docs/cli.md. */
final class ExitCode {
  static final int OK = 0;
  static final int FAILED = 1;
  static final int USAGE = 2;
  static final int CRITICAL = 3;
  static final int NOT_FOUND = 4;
  static final int INCOMPLETE = 5;

  private ExitCode() {}
}
