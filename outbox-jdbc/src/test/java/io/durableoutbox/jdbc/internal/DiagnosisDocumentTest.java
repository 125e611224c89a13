package io.durableoutbox.jdbc.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Each code that a diagnosis may have is explained, and no other. */
class DiagnosisDocumentTest {
  @Test
  void eachCodeIsExplained() throws IOException {
    TreeSet<String> codes = new TreeSet<>();
    try (Stream<Path> files = Files.walk(Path.of("src/main/java/io/durableoutbox/jdbc/internal"))) {
      for (Path file : files.filter(f -> f.toString().endsWith(".java")).toList()) {
        Matcher code =
            Pattern.compile("look\\.(?:warning|critical)\\(\\s*\"(\\w+)\"")
                .matcher(Files.readString(file));
        while (code.find()) {
          codes.add(code.group(1));
        }
      }
    }
    TreeSet<String> explained = new TreeSet<>();
    Matcher row =
        Pattern.compile("(?m)^\\| `(\\w+)`")
            .matcher(Files.readString(Path.of("../docs/diagnosis.md")));
    while (row.find()) {
      explained.add(row.group(1));
    }
    assertThat(codes).hasSizeGreaterThan(20).isEqualTo(explained);
  }
}
