package io.durableoutbox.cli.option;

import io.durableoutbox.cli.shell.CliException;
import io.durableoutbox.cli.shell.ExitCode;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;

/** Paths that people give. */
public final class CliPaths {
  private CliPaths() {}

  public static Path of(String setting, String path) {
    try {
      return Path.of(path);
    } catch (InvalidPathException e) {
      throw new CliException(
          ExitCode.USAGE, setting + " is no path of a file on this machine; correct it", e);
    }
  }
}
