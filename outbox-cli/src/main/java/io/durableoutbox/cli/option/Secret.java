package io.durableoutbox.cli.option;

import io.durableoutbox.cli.shell.CliException;
import io.durableoutbox.cli.shell.ExitCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** A password or key: its value, or the file that has it. Never shown. */
public final class Secret {
  private static final int MAX_BYTES = 10_000;

  private final @Nullable String value;
  private final @Nullable Path file;

  Secret(@Nullable String value, @Nullable Path file) {
    this.value = value;
    this.file = file;
  }

  /**
   * Returns it, from the file as it is now, without line breaks at its end.
   *
   * @param setting how to call it in an exception
   */
  public String read(String setting) {
    if (file == null) {
      return value == null ? "" : value;
    }
    try {
      if (Files.size(file) > MAX_BYTES) {
        throw CliException.usage(
            setting + " is in " + file + ", which is too large to be one; name another file");
      }
      return Files.readString(file).stripTrailing();
    } catch (IOException e) {
      throw new CliException(
          ExitCode.USAGE,
          setting
              + " can't be read from "
              + file
              + " ("
              + e.getClass().getSimpleName()
              + "); make it a file of UTF-8 text that this user can read",
          e);
    }
  }

  @Override
  public String toString() {
    return "Secret[…]";
  }
}
