package io.durableoutbox.examples;

import static java.util.stream.Collectors.counting;
import static java.util.stream.Collectors.groupingBy;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Files and folders that a reader can take in. */
class FilesTest {
  private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
  private static final int MAX_FILES = 20;
  private static final int MAX_LINES = 400;

  /** These have one package for all their files. */
  private static final List<String> STILL_LARGE =
      List.of("io/durableoutbox/spring", "io/durableoutbox/benchmarks/speed");

  private static Stream<Path> sources() {
    try (Stream<Path> files = Files.walk(ROOT)) {
      List<Path> found =
          files
              .filter(file -> file.toString().endsWith(".java"))
              .filter(file -> file.toString().contains("/src/main/java/"))
              .filter(file -> !file.toString().contains("/target/"))
              .toList();
      return found.stream();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static long lines(Path file) {
    try (Stream<String> lines = Files.lines(file)) {
      return lines.count();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void noPackageHasMoreThanTwentyFiles() {
    Map<String, Long> packages =
        sources()
            .collect(
                groupingBy(
                    file -> ROOT.relativize(file.getParent()).toString(),
                    TreeMap::new,
                    counting()));
    assertThat(packages).containsKey("outbox-core/src/main/java/io/durableoutbox/internal/relay");
    packages.keySet().removeIf(name -> STILL_LARGE.stream().anyMatch(name::endsWith));
    packages.values().removeIf(files -> files <= MAX_FILES);
    assertThat(packages).isEmpty();
  }

  @Test
  void noFileHasMoreThanFourHundredLines() {
    assertThat(sources().filter(file -> lines(file) > MAX_LINES)).isEmpty();
  }
}
