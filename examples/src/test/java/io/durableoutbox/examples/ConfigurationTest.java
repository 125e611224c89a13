package io.durableoutbox.examples;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import io.durableoutbox.MoEngage;
import io.durableoutbox.jdbc.JdbcOutbox;
import io.durableoutbox.migrations.OutboxMigrations;
import io.durableoutbox.testdb.TestDatabase;
import java.io.IOException;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/**
 * The tables of docs/configuration.md are made from the builders: from their javadoc and fields.
 */
class ConfigurationTest {
  private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
  private static final Path DOCUMENT = ROOT.resolve("docs/configuration.md");

  private static final Pattern BLOCK =
      Pattern.compile("(?<=<!-- made from (\\S{1,200}) -->\n).*?(?=<!-- end -->)", Pattern.DOTALL);
  private static final Pattern SETTING =
      Pattern.compile(
          "/\\*\\*((?:(?!\\*/).)*)\\*/\\s+public (?:Relay)?Builder (\\w+)\\(([^)]*)\\)",
          Pattern.DOTALL);
  private static final Pattern DEFAULT = Pattern.compile("[;,] default:? (.*?)\\.(?= |$)");
  private static final Pattern NUMBER = Pattern.compile("(\\d[\\d,]*)(?: (ms|s|min|h|days))?\\b");

  private record Setting(String name, String takes, String standard, String text) {
    String row() {
      return "| `%s` | %s | %s | %s |\n".formatted(name, takes, standard, text);
    }
  }

  @Test
  void theTablesAreWhatTheBuildersSay() throws IOException {
    String document = Files.readString(DOCUMENT);
    String made =
        BLOCK
            .matcher(document)
            .replaceAll(block -> Matcher.quoteReplacement(table(settings(block.group(1)))));
    assertThat(BLOCK.matcher(document).results()).hasSize(6);
    Path copy = Files.writeString(Path.of("target/configuration.md"), made);
    assertThat(document).as("copy %s over it", copy.toAbsolutePath()).isEqualTo(made);
  }

  @Test
  void noSettingIsMissingAndEachDefaultIsTheOneInTheCode() {
    try (TestDatabase database = TestDatabase.h2();
        HikariDataSource pool = database.pool()) {
      OutboxMigrations.of(pool).migrate();
      MoEngage.Builder moEngage =
          MoEngage.workspace("id", "key").baseUrl("http://localhost:1").threadFactory(Thread::new);
      JdbcOutbox.Builder outbox = JdbcOutbox.builder(pool);
      try (MoEngage destination = moEngage.build()) {
        int checked = check(moEngage, "outbox-core/src/main/java/io/durableoutbox/MoEngage.java");
        checked += check(outbox, "outbox-jdbc/src/main/java/io/durableoutbox/jdbc/JdbcOutbox.java");
        checked +=
            check(
                outbox.build().relay(destination),
                "outbox-core/src/main/java/io/durableoutbox/relay/RelayBuilder.java");
        checked +=
            check(
                outbox.build().maintenance(),
                "outbox-jdbc/src/main/java/io/durableoutbox/jdbc/Maintenance.java");
        assertThat(checked).isEqualTo(20);
      }
    }
  }

  private static int check(Object builder, String file) {
    List<Setting> settings = settings(file);
    assertThat(settings)
        .extracting(Setting::name)
        .as(file)
        .containsExactlyInAnyOrderElementsOf(
            Arrays.stream(builder.getClass().getDeclaredMethods())
                .filter(m -> Modifier.isPublic(m.getModifiers()))
                .filter(m -> m.getReturnType() == builder.getClass())
                .map(m -> m.getName())
                .toList());
    int checked = 0;
    for (Setting setting : settings) {
      List<String> fields =
          setting.name().equals("retryBackoff")
              ? List.of("retryMin", "retryMax")
              : List.of(setting.name());
      List<Object> coded =
          fields.stream().map(f -> value(builder, f)).filter(v -> isNumber(v)).toList();
      if (!coded.isEmpty()) {
        assertThat(numbers(setting.standard())).as(setting.name()).isEqualTo(coded);
        checked++;
      }
    }
    return checked;
  }

  private static boolean isNumber(Object value) {
    return value instanceof Duration || value instanceof Integer;
  }

  /** The value of a builder's field, or "unknown" if there is none of that name or it is null. */
  private static Object value(Object builder, String name) {
    try {
      Field field = builder.getClass().getDeclaredField(name);
      field.setAccessible(true);
      Object value = field.get(builder);
      return value == null ? "unknown" : value;
    } catch (ReflectiveOperationException e) {
      return "unknown";
    }
  }

  private static List<Object> numbers(String standard) {
    if (standard.equals("any number")) {
      return List.of(0);
    }
    return NUMBER.matcher(standard).results().map(ConfigurationTest::number).toList();
  }

  private static Object number(MatchResult found) {
    int amount = Integer.parseInt(found.group(1).replace(",", ""));
    String unit = found.group(2);
    if (unit == null) {
      return amount;
    }
    return switch (unit) {
      case "ms" -> Duration.ofMillis(amount);
      case "s" -> Duration.ofSeconds(amount);
      case "min" -> Duration.ofMinutes(amount);
      case "h" -> Duration.ofHours(amount);
      default -> Duration.ofDays(amount);
    };
  }

  private static String table(List<Setting> settings) {
    return settings.stream()
        .map(Setting::row)
        .collect(
            Collectors.joining(
                "", "| setting | takes | default | what it is for |\n|---|---|---|---|\n", ""));
  }

  private static List<Setting> settings(String file) {
    try {
      return SETTING
          .matcher(Files.readString(ROOT.resolve(file)))
          .results()
          .map(found -> setting(found.group(2), found.group(3), found.group(1)))
          .toList();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static Setting setting(String name, String parameters, String javadoc) {
    String[] parts = markdown(javadoc).split(" @param ", -1);
    Map<String, String> texts = new LinkedHashMap<>();
    for (int i = 1; i < parts.length; i++) {
      int blank = parts[i].indexOf(' ');
      texts.put(parts[i].substring(0, blank), parts[i].substring(blank + 1));
    }
    String takes =
        Arrays.stream(parameters.split(", ", -1))
            .map(parameter -> takes(parameter, texts))
            .collect(Collectors.joining("; "));
    Matcher standard = DEFAULT.matcher(parts[0]);
    String text = standard.replaceFirst(".").replaceFirst("^Sets ", "");
    standard.reset();
    return new Setting(
        name,
        takes,
        standard.find() ? standard.group(1) : "–",
        text.substring(0, 1).toUpperCase(Locale.ROOT) + text.substring(1));
  }

  private static String takes(String parameter, Map<String, String> texts) {
    int blank = parameter.lastIndexOf(' ');
    String type = parameter.substring(0, blank).replace("? extends @Nullable ", "");
    String text = texts.get(parameter.substring(blank + 1));
    return "`" + type + "`" + (text == null ? "" : ", " + text);
  }

  private static String markdown(String javadoc) {
    return javadoc
        .replaceAll("(?m)^\\s*\\*", " ")
        .replaceAll("\\s+", " ")
        .strip()
        .replaceAll("\\{@link #?([^} ]+)}", "`$1`")
        .replaceAll("\\{@code ((?:[^{}]|\\{[^{}]*})+)}", "`$1`")
        .replaceAll("(`\\w+)#(\\w+`)", "$1.$2")
        .replaceAll("<a href=\"([^\"]+)\">([^<]+)</a>", "[$2]($1)")
        .replace("&gt;", ">");
  }
}
