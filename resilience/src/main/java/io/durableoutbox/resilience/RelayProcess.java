package io.durableoutbox.resilience;

import io.durableoutbox.testkit.SimulatedDestination;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A {@link RelayMain} and what a machine's operator or a scheduler may do to it. */
public final class RelayProcess implements AutoCloseable {
  private final Process process;
  private final Path output;
  private boolean frozen;

  private RelayProcess(Process process, Path output) {
    this.process = process;
    this.output = output;
  }

  /**
   * How a relay runs.
   *
   * @param jdbcUrl the database, or a proxy to it
   * @param elements users in a request
   */
  public record Settings(
      String jdbcUrl,
      String user,
      String password,
      Duration lease,
      Duration callTimeout,
      int inFlight,
      int elements,
      Duration backoffMin,
      Duration backoffMax) {

    /** Small requests and short waits, so that much happens in little time. */
    public static Settings quick(String jdbcUrl, String user, String password) {
      return new Settings(
          jdbcUrl,
          user,
          password,
          Duration.ofSeconds(7),
          Duration.ofSeconds(1),
          4,
          10,
          Duration.ofMillis(100),
          Duration.ofSeconds(1));
    }

    /** The same with another lease and time for an answer. */
    Settings waiting(Duration forAnAnswer, Duration newLease) {
      return new Settings(
          jdbcUrl,
          user,
          password,
          newLease,
          forAnAnswer,
          inFlight,
          elements,
          backoffMin,
          backoffMax);
    }
  }

  /**
   * Starts one.
   *
   * @param output what it prints is appended there
   */
  public static RelayProcess start(
      Settings settings, SimulatedDestination destination, Path output) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx128m"));
    property(command, "jdbcUrl", settings.jdbcUrl);
    property(command, "user", settings.user);
    property(command, "password", settings.password);
    property(command, "lease", settings.lease);
    property(command, "callTimeout", settings.callTimeout);
    property(command, "inFlight", settings.inFlight);
    property(command, "elements", settings.elements);
    property(command, "backoffMin", settings.backoffMin);
    property(command, "backoffMax", settings.backoffMax);
    property(command, "baseUrl", destination.baseUrl());
    property(command, "workspaceId", destination.workspaceId());
    property(command, "apiKey", destination.apiKey());
    command.addAll(
        List.of("-cp", System.getProperty("java.class.path"), RelayMain.class.getName()));
    try {
      Process process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(Redirect.appendTo(output.toFile()))
              .start();
      return new RelayProcess(process, output);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void property(List<String> command, String name, Object value) {
    command.add("-D" + RelayMain.PREFIX + name + "=" + value);
  }

  /** Ends it by SIGKILL, and returns when it is gone. */
  public void kill() {
    process.destroyForcibly();
    try {
      if (!process.waitFor(30, TimeUnit.SECONDS) || process.exitValue() != 128 + 9) {
        throw new IllegalStateException("not killed by SIGKILL: " + process);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /** Stops all of its threads by SIGSTOP. */
  public void freeze() {
    signal("STOP");
    frozen = true;
  }

  /** Lets it go on by SIGCONT. */
  public void thaw() {
    signal("CONT");
    frozen = false;
  }

  public boolean isFrozen() {
    return frozen;
  }

  public boolean isAlive() {
    return process.isAlive();
  }

  private void signal(String name) {
    try {
      Process kill = new ProcessBuilder("kill", "-" + name, Long.toString(process.pid())).start();
      if (!kill.waitFor(30, TimeUnit.SECONDS) || kill.exitValue() != 0) {
        throw new IllegalStateException("kill -" + name + " failed");
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /** Returns how many settlements it said were fenced off; of all that print to the same file. */
  public int fenced() {
    return fenced(output);
  }

  static int fenced(Path output) {
    try {
      return Files.readAllLines(output).stream()
          .filter(line -> line.startsWith("fenced "))
          .mapToInt(line -> Integer.parseInt(line.substring("fenced ".length())))
          .sum();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
