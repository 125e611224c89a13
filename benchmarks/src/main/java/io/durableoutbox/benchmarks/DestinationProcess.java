package io.durableoutbox.benchmarks;

import io.durableoutbox.MoEngage;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;

/**
 * The simulated destination in a process of its own, so that its work is not the relay's. It keeps
 * the UUID of each action that it accepted, and with millions of them its garbage collector takes a
 * fifth of two cores: let it {@link #forget()} between repetitions.
 */
public final class DestinationProcess implements AutoCloseable {
  private final Process process;
  private final BufferedReader output;
  private final BufferedWriter input;
  private final String baseUrl;

  private DestinationProcess(Process process) throws IOException {
    this.process = process;
    this.output = process.inputReader(StandardCharsets.UTF_8);
    this.input = process.outputWriter(StandardCharsets.UTF_8);
    String line = line();
    while (!line.startsWith(DestinationMain.READY)) {
      line = line();
    }
    this.baseUrl = line.substring(DestinationMain.READY.length());
  }

  /** Starts one that answers at once. */
  public static DestinationProcess start() throws IOException {
    return start(0);
  }

  /** Starts one that answers after so many milliseconds. */
  public static DestinationProcess start(int latencyMillis) throws IOException {
    return start(latencyMillis, false);
  }

  /** Starts one that knows when it received what, for some ten thousands of actions. */
  static DestinationProcess startTimed(int latencyMillis) throws IOException {
    return start(latencyMillis, true);
  }

  private static DestinationProcess start(int latencyMillis, boolean times) throws IOException {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                // For sections that have it accept some millions without a pause.
                "-Xmx2g",
                "-cp",
                System.getProperty("java.class.path"),
                DestinationMain.class.getName(),
                String.valueOf(latencyMillis),
                String.valueOf(times))
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    return new DestinationProcess(process);
  }

  private String line() throws IOException {
    String line = output.readLine();
    if (line == null) {
      throw new IOException("the simulated destination has ended");
    }
    return line;
  }

  /** Returns its address. */
  public String baseUrl() {
    return baseUrl;
  }

  public MoEngage workspace() {
    return MoEngage.workspace("TEST_WORKSPACE", "TEST_KEY").baseUrl(baseUrl).build();
  }

  /** Has it forget what it accepted. */
  public void forget() throws IOException {
    accepted();
  }

  /** Returns when each action was accepted, if that was asked for, and has it forget them. */
  Map<UUID, Instant> accepted() throws IOException {
    input.write("\n");
    input.flush();
    Map<UUID, Instant> accepted = new HashMap<>();
    for (String line = line(); !line.isEmpty(); line = line()) {
      int space = line.indexOf(' ');
      accepted.put(
          UUID.fromString(line.substring(0, space)), Instant.parse(line.substring(space + 1)));
    }
    return accepted;
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
