package io.durableoutbox.benchmarks;

import io.durableoutbox.MoEngage;
import io.durableoutbox.testkit.SimulatedDestinationMain;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** The simulated destination in a process of its own, so that its work is not the relay's. */
public final class DestinationProcess implements AutoCloseable {
  private static final String READY = "Simulated destination on ";

  private final Process process;
  private final String baseUrl;

  private DestinationProcess(Process process, String baseUrl) {
    this.process = process;
    this.baseUrl = baseUrl;
  }

  /** Starts one that answers at once. */
  public static DestinationProcess start() throws IOException {
    return start(0);
  }

  /** Starts one that answers after so many milliseconds. */
  public static DestinationProcess start(int latencyMillis) throws IOException {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                // It keeps the UUID of each action that it accepted, of some millions in all.
                "-Xmx2g",
                "-cp",
                System.getProperty("java.class.path"),
                SimulatedDestinationMain.class.getName(),
                "--port",
                "0",
                "--no-keep",
                "--latency-ms",
                String.valueOf(latencyMillis))
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    BufferedReader output = process.inputReader(StandardCharsets.UTF_8);
    for (String line = output.readLine(); line != null; line = output.readLine()) {
      if (line.startsWith(READY)) {
        return new DestinationProcess(process, line.substring(READY.length()));
      }
    }
    throw new IOException("the simulated destination did not start");
  }

  /** Returns its address. */
  public String baseUrl() {
    return baseUrl;
  }

  public MoEngage workspace() {
    return MoEngage.workspace("TEST_WORKSPACE", "TEST_KEY").baseUrl(baseUrl).build();
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
