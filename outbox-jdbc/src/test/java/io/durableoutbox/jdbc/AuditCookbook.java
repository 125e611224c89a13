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
      Pattern.compile("^```(sql(?: h2)?)\\n(.*?);\\n```$", Pattern.MULTILINE | Pattern.DOTALL);

  private AuditCookbook() {}

  /**
   * A question.
   *
   * @param heading the question, with its number
   * @param postgres its query
   * @param h2 the same for H2
   */
  public record Question(String heading, String postgres, String h2) {
    public String query(String family) {
      return family.equals("h2") ? h2 : postgres;
    }
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
      Matcher blocks = BLOCK.matcher(sections.group(2));
      while (blocks.find()) {
        (blocks.group(1).equals("sql") ? plain : h2).add(blocks.group(2));
      }
      if (plain.size() != 1 || h2.size() > 1) {
        throw new IllegalStateException(sections.group(1) + " needs one query");
      }
      questions.add(
          new Question(sections.group(1), plain.get(0), h2.isEmpty() ? plain.get(0) : h2.get(0)));
    }
    return questions;
  }
}
