package io.durableoutbox.benchmarks.speed;

import io.durableoutbox.benchmarks.Database;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/** A measured relay in a process of its own, see {@link RelayProcessMain}. */
final class RelayProcess implements MeasuredRelay {
  private final Process process;
  private final BufferedReader output;
  private final BufferedWriter input;

  private RelayProcess(Process process) {
    this.process = process;
    this.output = process.inputReader(StandardCharsets.UTF_8);
    this.input = process.outputWriter(StandardCharsets.UTF_8);
  }

  /** Starts the process; the relay is to be started yet. */
  static RelayProcess start(Database database, String baseUrl, Settings settings)
      throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx" + settings.heapMegabytes() + "m",
            "-cp",
            System.getProperty("java.class.path"),
            RelayProcessMain.class.getName(),
            database.jdbcUrl,
            database.pool.getUsername(),
            baseUrl,
            String.valueOf(settings.heapMegabytes()),
            String.valueOf(settings.requestsInFlight()),
            String.valueOf(settings.connections()),
            String.valueOf(settings.workersByHand()));
    builder
        .environment()
        .put(RelayProcessMain.PASSWORD, Objects.requireNonNull(database.pool.getPassword()));
    RelayProcess relay =
        new RelayProcess(builder.redirectError(ProcessBuilder.Redirect.INHERIT).start());
    relay.line(RelayProcessMain.READY::equals);
    return relay;
  }

  @Override
  public void pollEvery(int millis) throws IOException {
    send("poll " + millis);
  }

  @Override
  public void start(int burst) throws IOException {
    send("start " + burst);
  }

  @Override
  public void countBurst(int burst) throws IOException {
    send("burst " + burst);
  }

  @Override
  public void stop() throws IOException {
    send("stop");
    counts();
  }

  @Override
  public Counts counts() throws IOException {
    send("counts");
    return Counts.parse(line(Counts::isLine));
  }

  private void send(String command) throws IOException {
    input.write(command + "\n");
    input.flush();
  }

  private String line(Predicate<String> wanted) throws IOException {
    for (String line = output.readLine(); line != null; line = output.readLine()) {
      if (wanted.test(line)) {
        return line;
      }
    }
    throw new IOException("the relay's process has ended");
  }

  @Override
  public void close() throws IOException {
    input.close();
    try {
      if (!process.waitFor(30, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
