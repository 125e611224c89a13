package io.durableoutbox.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.durableoutbox.cli.option.Settings;
import io.durableoutbox.cli.shell.Shell;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Model.OptionSpec;

/** The parts of docs/cli.md that the parser's model has; -Doutbox.docs.write=true writes them. */
class DocumentsTest {
  private static final Path DOCUMENT = Path.of("../docs/cli.md");

  private final CommandLine parser =
      OutboxCli.parser(
          new Shell(Map.of(), new ByteArrayInputStream(new byte[0]), false, false, false));

  @Test
  void theDocumentHasEverySettingAndEveryCommandsHelp() throws IOException {
    String document = Files.readString(DOCUMENT);
    String written = with(with(document, "settings", settings()), "commands", commands());
    if (Boolean.getBoolean("outbox.docs.write")) {
      Files.writeString(DOCUMENT, written);
    } else {
      assertThat(document).isEqualTo(written);
    }
  }

  private static String with(String document, String part, String text) {
    Matcher matcher =
        Pattern.compile(
                "(<!-- " + part + ", written by DocumentsTest -->\n).*?(<!-- end -->)",
                Pattern.DOTALL)
            .matcher(document);
    assertThat(matcher.find()).as(part).isTrue();
    return matcher.replaceFirst("$1" + Matcher.quoteReplacement(text) + "$2");
  }

  @Test
  void everySettingsVariableIsInItsHelp() {
    int settings = 0;
    for (CommandLine command : parser.getSubcommands().values()) {
      for (OptionSpec option : command.getCommandSpec().options()) {
        String name = Settings.name(option).orElse(null);
        if (name != null) {
          settings++;
          assertThat(String.join(" ", option.description()))
              .as(option.longestName())
              .contains(name);
        }
      }
    }
    assertThat(settings).isGreaterThan(50);
  }

  private String settings() {
    Map<String, String> options = new TreeMap<>();
    Map<String, Set<String>> commands = new TreeMap<>();
    parser
        .getSubcommands()
        .forEach(
            (name, command) -> {
              for (OptionSpec option : command.getCommandSpec().options()) {
                Settings.name(option)
                    .ifPresent(
                        variable -> {
                          options.put(variable, option.longestName());
                          commands.computeIfAbsent(variable, k -> new TreeSet<>()).add(name);
                        });
              }
            });
    StringBuilder table =
        new StringBuilder("| variable, also in the file | option | commands |\n|---|---|---|\n");
    options.forEach(
        (variable, option) -> {
          Set<String> of = commands.get(variable);
          table
              .append("| `")
              .append(variable)
              .append("` | `")
              .append(option)
              .append("` | ")
              .append(of == null || of.size() > 5 ? "most" : String.join(", ", of))
              .append(" |\n");
        });
    return table + "| `OUTBOX_CONFIG` (not in the file) | `--config` | all |\n";
  }

  private String commands() {
    StringBuilder text = new StringBuilder();
    parser
        .getSubcommands()
        .forEach(
            (name, command) -> {
              if (!name.equals("generate-completion")) {
                String usage = command.getUsageMessage(Ansi.OFF).stripTrailing();
                // The codes are the same for all, and above.
                text.append("### ")
                    .append(name)
                    .append("\n```\n")
                    .append(usage.replaceFirst("(?s)\nExit codes:\n.*?(?=\n\nExample|$)", ""))
                    .append("\n```\n");
              }
            });
    return text.toString();
  }
}
