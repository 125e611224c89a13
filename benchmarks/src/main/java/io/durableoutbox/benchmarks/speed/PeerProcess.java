package io.durableoutbox.benchmarks.speed;

import io.durableoutbox.benchmarks.Database;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Runs the module benchmarks/peers, whose libraries are not on this process's class path. */
final class PeerProcess {
  private final String classPath;

  PeerProcess() throws IOException {
    String built = System.getProperty("outbox.peers");
    if (built == null) {
      throw new IllegalStateException(
          "the system property outbox.peers must name the target folder of benchmarks/peers;"
              + " the command in CONTRIBUTING.md sets it");
    }
    Path target = Path.of(built);
    classPath =
        target.resolve("classes")
            + File.pathSeparator
            + Files.readString(target.resolve("runtime.classpath")).strip();
  }

  /** Returns the version of a library that it runs with. */
  String version(String artifact) {
    Matcher jar =
        Pattern.compile("/" + Pattern.quote(artifact) + "-([0-9][^/]*)\\.jar").matcher(classPath);
    if (!jar.find()) {
      throw new IllegalArgumentException(artifact + " is not on the peers' class path");
    }
    return jar.group(1);
  }

  /** Runs it on that database of the server, and returns what it printed, line by line. */
  List<List<String>> run(
      String peer, String mode, Database server, String name, Map<String, Object> options)
      throws IOException, InterruptedException {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx1g",
                "-cp",
                classPath,
                "io.durableoutbox.benchmarks.peers.PeerMain",
                peer,
                mode,
                "--url",
                server.jdbcUrl.substring(0, server.jdbcUrl.lastIndexOf('/') + 1) + name,
                "--user",
                server.pool.getUsername(),
                "--password",
                server.pool.getPassword()));
    options.forEach(
        (option, value) -> {
          command.add("--" + option);
          command.add(value.toString());
        });
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    List<List<String>> lines = new ArrayList<>();
    try (BufferedReader output = process.inputReader(StandardCharsets.UTF_8)) {
      for (String line = output.readLine(); line != null; line = output.readLine()) {
        lines.add(List.of(line.split(" ")));
      }
    } finally {
      process.destroy();
    }
    if (process.waitFor() != 0) {
      throw new IllegalStateException(peer + " " + mode + " failed; its own words are above");
    }
    return lines;
  }
}
