package io.durableoutbox.cli.option;

import io.durableoutbox.cli.data.Database;
import io.durableoutbox.cli.data.DatabaseFailures;
import io.durableoutbox.cli.data.DriverTimeouts;
import io.durableoutbox.cli.shell.CliException;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Where the outbox is. */
public final class DatabaseOptions {
  private static final String PASSWORD = "OUTBOX_JDBC_PASSWORD";

  @Spec(Spec.Target.MIXEE)
  @SuppressWarnings("NullAway.Init")
  CommandSpec command;

  @Option(
      names = "--jdbc-url",
      paramLabel = "URL",
      descriptionKey = "OUTBOX_JDBC_URL",
      order = 100,
      description =
          "The database, like jdbc:postgresql://localhost/shop or jdbc:h2:file:./outbox."
              + " [OUTBOX_JDBC_URL]")
  @Nullable String url;

  @Option(
      names = "--jdbc-user",
      paramLabel = "USER",
      descriptionKey = "OUTBOX_JDBC_USER",
      order = 101,
      description = "The database's user. [OUTBOX_JDBC_USER]")
  @Nullable String user;

  @Option(
      names = "--jdbc-password",
      interactive = true,
      arity = "0",
      paramLabel = "PASSWORD",
      prompt = "Password of the database's user: ",
      descriptionKey = PASSWORD,
      order = 102,
      description = "Ask for the user's password. Takes no value here. [OUTBOX_JDBC_PASSWORD]")
  @Nullable String password;

  @Option(
      names = "--jdbc-password-file",
      paramLabel = "FILE",
      descriptionKey = PASSWORD + "_FILE",
      order = 103,
      description = "Read the user's password from a file. [OUTBOX_JDBC_PASSWORD_FILE]")
  @Nullable Path passwordFile;

  @Option(
      names = "--schema",
      paramLabel = "NAME",
      descriptionKey = "OUTBOX_SCHEMA",
      order = 104,
      description =
          "The schema of the tables, by its exact name; default: the user's own search path."
              + " [OUTBOX_SCHEMA]")
  @Nullable String schema;

  /** Connects; the outbox itself is made when it is asked for. */
  public Database open(DriverTimeouts timeouts) {
    if (url == null) {
      throw CliException.usage(
          "no database is named; set OUTBOX_JDBC_URL, give --jdbc-url, or put it into the file of"
              + " --config");
    }
    return Database.open(url, user, password(), schema, timeouts);
  }

  /** Returns what a failure means for these settings and the way out, or nothing. */
  public String hint(Throwable failure) {
    return DatabaseFailures.hint(failure, url, hasPassword());
  }

  /** Returns whether a password was given anywhere, the URL included. */
  private boolean hasPassword() {
    return password != null
        || passwordFile != null
        || CliContext.of(command).settings().secret(PASSWORD).isPresent()
        || (url != null && Database.hasPassword(url));
  }

  /** Returns the options of a command, or null if it takes none. */
  public static @Nullable DatabaseOptions of(CommandSpec command) {
    for (CommandSpec mixin : command.mixins().values()) {
      if (mixin.userObject() instanceof DatabaseOptions options) {
        return options;
      }
    }
    return null;
  }

  private @Nullable String password() {
    if (password != null) {
      return password;
    }
    Optional<Secret> secret =
        passwordFile == null
            ? CliContext.of(command).settings().secret(PASSWORD)
            : Optional.of(new Secret(null, passwordFile));
    return secret.map(s -> s.read(PASSWORD)).orElse(null);
  }
}
