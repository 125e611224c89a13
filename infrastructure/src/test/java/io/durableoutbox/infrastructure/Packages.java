package io.durableoutbox.infrastructure;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The programs that {@code bin/packages} unpacks, and what all of them need: ports, folders, and a
 * user that is not root.
 */
final class Packages {
  private static final Map<String, Path> BINS = new ConcurrentHashMap<>();

  private Packages() {}

  /**
   * Returns where a program of a package is.
   *
   * @param name as in {@code bin/packages}, for example {@code pgbouncer-old}
   */
  static Path program(String name, String program) {
    Path path = BINS.computeIfAbsent(name, Packages::bin).resolve(program);
    if (!Files.isExecutable(path)) {
      throw new IllegalStateException("no " + path + ": run infrastructure/bin/packages fetch");
    }
    return path;
  }

  private static Path bin(String name) {
    return Path.of(output(List.of("bin/packages", "path", name)).strip()).resolve("bin");
  }

  /** Returns how to run a program as a user that is not root, which some servers insist on. */
  static List<String> asNobody(Path program, String... arguments) {
    List<String> command = new ArrayList<>();
    if (System.getProperty("user.name").equals("root")) {
      command.addAll(List.of("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--"));
    }
    command.add(program.toString());
    command.addAll(List.of(arguments));
    return command;
  }

  /** Makes a folder that every user may write to; the caller deletes it. */
  static Path folder(String name) {
    try {
      Path folder = Files.createTempDirectory("outbox-" + name);
      Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxrwxrwx"));
      return folder;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Deletes a folder with all in it; what another process deletes meanwhile is no failure. */
  static void delete(Path folder) {
    output(List.of("rm", "-rf", folder.toString()));
  }

  static int freePort() {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Runs a command to its end.
   *
   * @return what it printed
   * @throws IllegalStateException if it ended with another status than 0; says what it printed
   */
  static String output(List<String> command) {
    return output(command, Path.of("/dev/null"));
  }

  /** As {@link #output(List)}, with a file as what the command reads. */
  static String output(List<String> command, Path input) {
    try {
      // Not a pipe: what the command leaves running would hold its other end open.
      Path said = Files.createTempFile("outbox-output", ".txt");
      try {
        Process process =
            new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectInput(input.toFile())
                .redirectOutput(Redirect.to(said.toFile()))
                .start();
        int status = process.waitFor();
        String text = Files.readString(said, StandardCharsets.UTF_8);
        if (status != 0) {
          throw new IllegalStateException(command + " ended with " + status + ": " + text);
        }
        return text;
      } finally {
        Files.delete(said);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }
}
