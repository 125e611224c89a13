package io.durableoutbox.cli.option;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Properties;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Option;

/** What every command takes. */
@Command(
    sortOptions = false,
    usageHelpAutoWidth = false,
    optionListHeading = "%nOptions:%n",
    parameterListHeading = "%nArguments:%n",
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:done",
      "1:failed: the database, the destination or a file; the message says what to do",
      "2:usage: an option or a setting is missing or wrong",
      "3:check found something critical",
      "4:find found nothing, resume found no pause",
      "5:incomplete: import refused lines, or relay --until-empty left actions that can't be sent now"
    },
    versionProvider = StandardOptions.Version.class)
public final class StandardOptions {
  @Option(
      names = "--config",
      paramLabel = "FILE",
      order = 900,
      description = "Properties file with settings, under the names in brackets. [OUTBOX_CONFIG]")
  @Nullable Path config;

  @Option(
      names = "--log-level",
      paramLabel = "LEVEL",
      descriptionKey = "OUTBOX_LOG_LEVEL",
      order = 901,
      description =
          "What is logged on standard error: ${COMPLETION-CANDIDATES}; default warn, for relay"
              + " info. [OUTBOX_LOG_LEVEL]")
  @Nullable LogLevel logLevel;

  @Option(
      names = {"--debug", "--verbose"},
      order = 902,
      description =
          "Show where a failure came from. It may quote the database or the server, so look at it"
              + " before you pass it on.")
  boolean debug;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      order = 903,
      description = "Show this help and exit.")
  boolean help;

  @Option(
      names = {"-V", "--version"},
      versionHelp = true,
      order = 904,
      description = "Show the version and exit.")
  boolean version;

  /** Names as SLF4J has them. */
  public enum LogLevel {
    off,
    error,
    warn,
    info,
    debug,
    trace
  }

  /** Sets what is logged; before anything logs, since the logger reads it once. */
  public void setUpLogging(LogLevel unlessSet) {
    LogLevel level = logLevel == null ? unlessSet : logLevel;
    String prefix = "org.slf4j.simpleLogger.";
    System.setProperty(prefix + "defaultLogLevel", level.name());
    if (level.compareTo(LogLevel.debug) < 0) {
      String others = level.compareTo(LogLevel.warn) < 0 ? level.name() : "warn";
      System.setProperty(prefix + "log.org.flywaydb", others);
      // Both warn of servers that are newer than they are, and of older ones that are supported.
      String errors = level == LogLevel.off ? level.name() : "error";
      System.setProperty(prefix + "log.org.jooq", errors);
      System.setProperty(prefix + "log.org.flywaydb.core.internal.database.base", errors);
      // What fails is told in one sentence by the command, and by the relay.
      System.setProperty(prefix + "log.com.zaxxer.hikari", "off");
    }
  }

  public static boolean isDebug(CommandLine command) {
    return command.getParseResult() != null && command.getParseResult().hasMatchedOption("--debug");
  }

  /** The version that the build wrote into the jar. */
  static final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() {
      return new String[] {
        "outbox-cli " + version() + " (Java " + Runtime.version() + ")",
      };
    }

    private static String version() {
      Properties properties = new Properties();
      try (InputStream in = Version.class.getResourceAsStream("version.properties")) {
        if (in != null) {
          properties.load(in);
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      return properties.getProperty("version", "unknown");
    }
  }
}
