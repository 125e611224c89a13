package io.durableoutbox.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What the documents quote is what is compiled and run here. */
class ReadmeTest {
  private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();

  @Test
  void everyJavaBlockOfTheReadmeIsCutFromAnExample() throws IOException {
    String readme = Files.readString(ROOT.resolve("README.md"));
    StringBuilder sources = new StringBuilder();
    try (Stream<Path> files = Files.walk(Path.of("src/main/java"))) {
      for (Path file : files.filter(f -> f.toString().endsWith(".java")).sorted().toList()) {
        sources.append(Files.readString(file)).append('\n');
      }
    }
    Matcher block = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL).matcher(readme);
    int blocks = 0;
    while (block.find()) {
      blocks++;
      assertThat(sources.toString()).contains(block.group(1));
    }
    assertThat(blocks).isPositive();
    int firstJava = readme.substring(0, readme.indexOf("```java")).split("\n", -1).length;
    assertThat(firstJava).isLessThan(40);
  }

  @Test
  void ciRunsTheReadmesTestCommand() throws IOException {
    String command = "mvn -B -ntp verify";
    assertThat(Files.readString(ROOT.resolve("README.md"))).contains("\n" + command + "\n");
    assertThat(Files.readString(ROOT.resolve(".ci/run"))).contains("exec " + command + "\n");
  }

  @Test
  void everyLinkOfTheDocumentsLeadsSomewhere() throws IOException {
    for (String name :
        List.of("README.md", "CONTRIBUTING.md", "docs/architecture.md", "docs/operations.md")) {
      Path file = ROOT.resolve(name);
      Matcher link = Pattern.compile("]\\(([^)#:]+)\\)").matcher(Files.readString(file));
      while (link.find()) {
        assertThat(file.resolveSibling(link.group(1))).exists();
      }
    }
  }
}
