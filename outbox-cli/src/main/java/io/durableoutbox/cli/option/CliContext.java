package io.durableoutbox.cli.option;

import io.durableoutbox.cli.shell.Shell;
import picocli.CommandLine.Model.CommandSpec;

/** What a command knows of the program that it is part of. */
public interface CliContext {
  /** Returns where it reads and writes. */
  Shell shell();

  /** Returns what the environment and the file say. */
  Settings settings();

  /** Returns the context of a command. */
  static CliContext of(CommandSpec command) {
    return (CliContext) command.root().userObject();
  }
}
