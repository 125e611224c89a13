package io.durableoutbox.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What the documents quote is what is compiled and run here. */
class ReadmeTest {
  private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();

  /** What a log line has in the place of a name, a number, a time or a cause. */
  private static final Pattern FILLED_IN =
      Pattern.compile("…|<\\w+>|\\b[rwn]\\b|\\bwho\\b|\\(.*?\\)|PT24H");

  @Test
  void everyJavaBlockOfTheDocumentsIsCutFromAnExampleOrARecipe() throws IOException {
    String readme = Files.readString(ROOT.resolve("README.md"));
    StringBuilder sources = new StringBuilder();
    for (String module :
        List.of("examples", "recipes/plain", "recipes/micronaut", "recipes/quarkus")) {
      try (Stream<Path> files = Files.walk(ROOT.resolve(module).resolve("src/main"))) {
        for (Path file :
            files.filter(f -> f.toString().matches(".*\\.(java|properties)")).toList()) {
          sources.append(Files.readString(file)).append('\n');
        }
      }
    }
    for (String name :
        List.of(
            "README.md",
            "docs/audit.md",
            "docs/diagnosis.md",
            "docs/getting-started.md",
            "docs/operations.md",
            "docs/retention.md")) {
      Matcher block =
          Pattern.compile("```(?:java|properties)\n(.*?)```", Pattern.DOTALL)
              .matcher(Files.readString(ROOT.resolve(name)));
      int blocks = 0;
      while (block.find()) {
        blocks++;
        assertThat(sources.toString()).as(name).contains(block.group(1));
      }
      assertThat(blocks).as(name).isPositive();
    }
    int firstJava = readme.substring(0, readme.indexOf("```java")).split("\n", -1).length;
    assertThat(firstJava).isLessThan(40);
  }

  @Test
  void ciRunsTheReadmesTestCommand() throws IOException {
    String command = "mvn -B -ntp verify";
    assertThat(Files.readString(ROOT.resolve("README.md"))).contains("\n" + command + "\n");
    assertThat(Files.readString(ROOT.resolve(".ci/run"))).contains("\n" + command + "\n");
  }

  @Test
  void everyLinkOfTheDocumentsLeadsSomewhere() throws IOException {
    List<Path> documents = new ArrayList<>(List.of(ROOT.resolve("README.md")));
    documents.add(ROOT.resolve("CONTRIBUTING.md"));
    try (Stream<Path> files = Files.walk(ROOT.resolve("docs"))) {
      files.filter(f -> f.toString().endsWith(".md")).forEach(documents::add);
    }
    assertThat(documents).hasSizeGreaterThan(30);
    for (Path file : documents) {
      Matcher link = Pattern.compile("]\\(([^)#:]+)\\)").matcher(Files.readString(file));
      while (link.find()) {
        assertThat(file.resolveSibling(link.group(1))).as(file.toString()).exists();
      }
    }
  }

  @Test
  void everyDecisionIsInTheIndex() throws IOException {
    String index = Files.readString(ROOT.resolve("docs/adr/README.md"));
    try (Stream<Path> files = Files.list(ROOT.resolve("docs/adr"))) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .filteredOn(name -> name.startsWith("0"))
          .isNotEmpty()
          .allSatisfy(name -> assertThat(index).contains("(" + name + ")"));
    }
  }

  @Test
  void theLogLinesOfTheFailureModesAreWhatTheLibraryLogs() throws IOException {
    StringBuilder sources = new StringBuilder();
    for (String module : List.of("outbox-core", "outbox-jdbc", "outbox-postgresql-notify")) {
      try (Stream<Path> files = Files.walk(ROOT.resolve(module).resolve("src/main/java"))) {
        for (Path file : files.filter(f -> f.toString().endsWith(".java")).toList()) {
          sources.append(Files.readString(file).replaceAll("\"\\s*\\+\\s*\"", ""));
        }
      }
    }
    String document = Files.readString(ROOT.resolve("docs/failure-modes.md"));
    Matcher line = Pattern.compile("(?:WARN|INFO|ERROR|later) `([^`]+)`").matcher(document);
    int lines = 0;
    while (line.find()) {
      lines++;
      for (String fixed : FILLED_IN.split(line.group(1), -1)) {
        assertThat(sources).as(line.group(1)).contains(fixed.strip());
      }
    }
    assertThat(lines).isGreaterThan(10);
  }
}
