package io.durableoutbox.cli;

import io.durableoutbox.cli.command.CheckCommand;
import io.durableoutbox.cli.command.EraseCommand;
import io.durableoutbox.cli.command.Failures;
import io.durableoutbox.cli.command.FindCommand;
import io.durableoutbox.cli.command.ImportCommand;
import io.durableoutbox.cli.command.MigrateCommand;
import io.durableoutbox.cli.command.PauseCommand;
import io.durableoutbox.cli.command.PurgeCommand;
import io.durableoutbox.cli.command.RejectedCommand;
import io.durableoutbox.cli.command.RelayCommand;
import io.durableoutbox.cli.command.RequeueCommand;
import io.durableoutbox.cli.command.ResumeCommand;
import io.durableoutbox.cli.command.SimulateCommand;
import io.durableoutbox.cli.command.StatusCommand;
import io.durableoutbox.cli.option.CliContext;
import io.durableoutbox.cli.option.Settings;
import io.durableoutbox.cli.option.StandardOptions;
import io.durableoutbox.cli.shell.CliException;
import io.durableoutbox.cli.shell.ExitCode;
import io.durableoutbox.cli.shell.Shell;
import java.io.PrintWriter;
import java.nio.charset.Charset;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.AutoComplete.GenerateCompletion;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Spec;

/** The program {@code outbox-cli}; {@code docs/cli.md} describes it. */
@Command(
    name = "outbox-cli",
    header = "Looks after an outbox for MoEngage experience events, and runs its relay.",
    description = {
      "",
      "Every command takes its settings from options, else from environment variables (in brackets"
          + " in each help text), else from the properties file that --config names, which has the"
          + " same names. Results go to standard output, all else to standard error.",
      ""
    },
    commandListHeading = "%nCommands:%n",
    footer = {
      "",
      "A first run, on a database in a file:",
      "  export OUTBOX_JDBC_URL='jdbc:h2:file:./outbox;AUTO_SERVER=TRUE' OUTBOX_JDBC_USER=sa",
      "  outbox-cli migrate",
      "  outbox-cli simulate &",
      "  export MOENGAGE_WORKSPACE_ID=TEST_WORKSPACE MOENGAGE_API_KEY=TEST_KEY",
      "  export MOENGAGE_BASE_URL=http://127.0.0.1:8080",
      "  outbox-cli import actions.jsonl",
      "  outbox-cli relay --until-empty",
      "  outbox-cli status",
      "",
      "Completion for bash and zsh: source <(outbox-cli generate-completion)"
    },
    subcommands = {
      MigrateCommand.class,
      CheckCommand.class,
      StatusCommand.class,
      FindCommand.class,
      RejectedCommand.class,
      RequeueCommand.class,
      PauseCommand.class,
      ResumeCommand.class,
      PurgeCommand.class,
      EraseCommand.class,
      ImportCommand.class,
      RelayCommand.class,
      SimulateCommand.class,
      GenerateCompletion.class
    })
public final class OutboxCli implements CliContext, Callable<Integer> {
  @Mixin final StandardOptions standard = new StandardOptions();

  @Spec
  @SuppressWarnings("NullAway.Init")
  CommandSpec spec;

  private final Shell shell;
  private @Nullable Settings settings;

  private OutboxCli(Shell shell) {
    this.shell = shell;
  }

  /**
   * Runs a command and ends the process with its exit code.
   *
   * @param args the command and its options
   */
  public static void main(String[] args) {
    int code =
        run(
            Shell.ofProcess(),
            new PrintWriter(System.out, true, charset("stdout.encoding")),
            new PrintWriter(System.err, true, charset("stderr.encoding")),
            args);
    System.exit(code);
  }

  /** Names of users may have any letter; Java 17 knows only what a terminal's are written in. */
  private static Charset charset(String property) {
    String name = System.getProperty(property, System.getProperty("native.encoding", "UTF-8"));
    Charset charset = Charset.isSupported(name) ? Charset.forName(name) : Charset.defaultCharset();
    // Without a locale, as in a container, this is ASCII, which would spoil them.
    return charset.name().equals("US-ASCII") || charset.name().startsWith("ANSI_X3")
        ? java.nio.charset.StandardCharsets.UTF_8
        : charset;
  }

  /** Runs a command and returns its exit code. */
  static int run(Shell shell, PrintWriter out, PrintWriter err, String... args) {
    OutboxCli cli = new OutboxCli(shell);
    CommandLine commandLine = cli.commandLine().setOut(out).setErr(err);
    try {
      cli.refuseSecrets(commandLine, args);
      Settings read = Settings.read(args, shell.environment(), cli.settingNames(commandLine));
      cli.settings = read;
      commandLine.setDefaultValueProvider(read);
    } catch (CliException e) {
      return Failures.tell(commandLine, e, false);
    }
    int code = commandLine.execute(args);
    if (out.checkError() && code == ExitCode.OK) {
      err.println(
          "Error: not all of the result was written, since standard output was closed or its disk is"
              + " full");
      code = ExitCode.FAILED;
    }
    err.flush();
    return code;
  }

  /** Returns the parser, for a run or for the documents. */
  static CommandLine parser(Shell shell) {
    return new OutboxCli(shell).commandLine();
  }

  private CommandLine commandLine() {
    return new CommandLine(this)
        .setColorScheme(Help.defaultColorScheme(shell.ansi()))
        .setUsageHelpWidth(100)
        .setUsageHelpAutoWidth(false)
        .setAbbreviatedOptionsAllowed(false)
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setExecutionExceptionHandler(Failures::ofExecution)
        .setParameterExceptionHandler(Failures::ofParameters);
  }

  /** Before the parser asks for a secret, or quotes one that does not belong there. */
  private void refuseSecrets(CommandLine commandLine, String[] args) {
    Set<String> secrets = new TreeSet<>();
    for (CommandLine sub : commandLine.getSubcommands().values()) {
      sub.getCommandSpec().options().stream()
          .filter(OptionSpec::interactive)
          .forEach(option -> secrets.add(option.longestName()));
    }
    for (int i = 0; i < args.length; i++) {
      String name = args[i].replaceFirst("(?s)=.*", "");
      boolean valueFollows = i + 1 < args.length && !args[i + 1].startsWith("-");
      if (secrets.contains(name) && (valueFollows || !name.equals(args[i]))) {
        throw CliException.usage(
            name
                + " takes no value, since others could see it in the list of processes; give it"
                + " alone and after other arguments to be asked, or use the environment or a file");
      }
    }
  }

  private Set<String> settingNames(CommandLine commandLine) {
    Set<String> names = new TreeSet<>();
    for (CommandLine sub : commandLine.getSubcommands().values()) {
      for (OptionSpec option : sub.getCommandSpec().options()) {
        Settings.name(option).ifPresent(names::add);
      }
    }
    return names;
  }

  @Override
  public Shell shell() {
    return shell;
  }

  @Override
  public Settings settings() {
    if (settings == null) {
      throw new IllegalStateException("settings are read before a command runs");
    }
    return settings;
  }

  @Override
  public Integer call() {
    spec.commandLine().usage(spec.commandLine().getErr());
    spec.commandLine().getErr().println();
    spec.commandLine().getErr().println("Error: no command; name one of the above");
    return ExitCode.USAGE;
  }
}
