package com.example.shop;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What docs/spring-boot.md quotes is what is compiled and run here. */
class DocumentTest {
  private static final Path DOCUMENT = Path.of("../../docs/spring-boot.md");

  @Test
  void everyBlockIsCutFromTheExample() throws IOException {
    StringBuilder sources = new StringBuilder();
    try (Stream<Path> files = Files.walk(Path.of("src"))) {
      for (Path file : files.filter(Files::isRegularFile).sorted().toList()) {
        sources.append(Files.readString(file)).append('\n');
      }
    }
    Matcher block =
        Pattern.compile("```(?:java|xml)\n(.*?)```", Pattern.DOTALL)
            .matcher(Files.readString(DOCUMENT));
    int blocks = 0;
    while (block.find()) {
      blocks++;
      assertThat(sources.toString()).contains(block.group(1));
    }
    assertThat(blocks).isGreaterThan(8);
  }

  @Test
  void theFirstProjectHasTheVersionsThatAreTested() throws IOException {
    String parent = Files.readString(Path.of("../pom.xml"));
    Matcher boot =
        Pattern.compile("<spring-boot.version>(.*?)</spring-boot.version>").matcher(parent);
    assertThat(boot.find()).isTrue();
    assertThat(Files.readString(Path.of("src/getting-started/pom.xml")))
        .contains("<version>" + boot.group(1) + "</version>");
  }

  @Test
  void everyLinkLeadsSomewhere() throws IOException {
    Matcher link = Pattern.compile("]\\(([^)#:]+)\\)").matcher(Files.readString(DOCUMENT));
    while (link.find()) {
      assertThat(DOCUMENT.resolveSibling(link.group(1))).exists();
    }
  }
}
