package io.durableoutbox.jdbc;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The questions of {@code docs/audit.md}, each with its query. */
public final class AuditCookbook {
  private static final Path FILE = Path.of("../docs/audit.md");
  private static final Pattern SECTION =
      Pattern.compile("^### (\\d.+?)\\n(.*?)(?=^##|\\z)", Pattern.MULTILINE | Pattern.DOTALL);
  private static final Pattern BLOCK =
      Pattern.compile("^```sql( h2| mariadb|)\\n(.*?);\\n```$", Pattern.MULTILINE | Pattern.DOTALL);

  private AuditCookbook() {}

  /**
   * A question.
   *
   * @param heading the question, with its number
   * @param postgres its query
   * @param h2 the same for H2
   * @param mySql the same for MariaDB and MySQL
   */
  public record Question(String heading, String postgres, String h2, String mySql) {
    public String query(String family) {
      return switch (family) {
        case "h2" -> h2;
        case "mysql" -> mySql;
        default -> postgres;
      };
    }
  }

  /** Changes the words that the page says are to be changed for MariaDB and MySQL. */
  private static String changed(String query) {
    Matcher table =
        Pattern.compile("^\\| `([^`]+)` \\| `([^`]+)` \\|$", Pattern.MULTILINE)
            .matcher(text().split("on MariaDB and MySQL \\|", 2)[1].split("\n\n", 2)[0]);
    String result = query;
    int words = 0;
    while (table.find()) {
      String[] from = table.group(1).split("2026-10-05 12:00:00", -1);
      String[] to = table.group(2).split("2026-10-05 12:00:00", -1);
      result =
          from.length == 1
              ? result.replace(from[0], to[0])
              : result.replaceAll(
                  Pattern.quote(from[0]) + "([^']*?)" + Pattern.quote(from[1]),
                  to[0] + "$1" + to[1]);
      words++;
    }
    if (words != 3) {
      throw new IllegalStateException("the table of words to change is not where it was");
    }
    return result;
  }

  public static String text() {
    try {
      return Files.readString(FILE);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public static List<Question> questions() {
    List<Question> questions = new ArrayList<>();
    Matcher sections = SECTION.matcher(text());
    while (sections.find()) {
      List<String> plain = new ArrayList<>();
      List<String> h2 = new ArrayList<>();
      List<String> mySql = new ArrayList<>();
      Matcher blocks = BLOCK.matcher(sections.group(2));
      while (blocks.find()) {
        List<String> family =
            switch (blocks.group(1)) {
              case " h2" -> h2;
              case " mariadb" -> mySql;
              default -> plain;
            };
        family.add(blocks.group(2));
      }
      if (plain.size() != 1 || h2.size() > 1 || mySql.size() > 1) {
        throw new IllegalStateException(sections.group(1) + " needs one query");
      }
      questions.add(
          new Question(
              sections.group(1),
              plain.get(0),
              h2.isEmpty() ? plain.get(0) : h2.get(0),
              mySql.isEmpty() ? changed(plain.get(0)) : mySql.get(0)));
    }
    return questions;
  }
}
