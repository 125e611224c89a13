package io.durableoutbox.testdb;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A PostgreSQL server of one test's own, for faults: it may be stopped or killed, and started again
 * with its data and on its port. Running when it is made; closing it deletes the data. For one
 * thread.
 */
public final class PrivatePostgres implements AutoCloseable {
  private static final Duration END_WAIT = Duration.ofMinutes(1);

  private final Path data;
  private final int port;
  private final Map<String, String> settings;
  private @Nullable EmbeddedPostgres running;

  PrivatePostgres(Map<String, String> settings) {
    this.settings = Map.copyOf(settings);
    try {
      data = Files.createTempDirectory("outbox-private-postgres");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    running = run(PostgresServer.newestBinaries());
    port = running.getPort();
  }

  /** Returns the URL of the database "postgres", which stays the same. */
  public String jdbcUrl() {
    return "jdbc:postgresql://localhost:" + port + "/postgres";
  }

  public String user() {
    return "postgres";
  }

  public String password() {
    return "postgres";
  }

  /** Stops it as an administrator would; open connections are ended. Nothing if not running. */
  public void stop() {
    if (running != null) {
      Optional<ProcessHandle> postmaster = postmasterIfAny();
      try {
        running.close();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      running = null;
      // The library waits for seconds only, and a server with much to write takes longer.
      postmaster.ifPresent(process -> awaitEnd(List.of(process)));
    }
  }

  /**
   * Kills all of its processes at once, and returns when they are gone.
   *
   * @throws IllegalStateException if it is not running
   */
  public void kill() {
    ProcessHandle postmaster = postmaster();
    List<ProcessHandle> all =
        Stream.concat(Stream.of(postmaster), postmaster.descendants()).toList();
    all.forEach(ProcessHandle::destroyForcibly);
    awaitEnd(all);
    // Gives back the lock on the data; it finds no server to stop.
    stop();
  }

  private static void awaitEnd(List<ProcessHandle> processes) {
    CompletableFuture.allOf(
            processes.stream().map(ProcessHandle::onExit).toArray(CompletableFuture<?>[]::new))
        .orTimeout(END_WAIT.toSeconds(), TimeUnit.SECONDS)
        .join();
  }

  /**
   * Starts it again; after a kill, the server first recovers.
   *
   * @throws IllegalStateException if it is running, or did not start
   */
  public void restart() {
    if (running != null) {
      throw new IllegalStateException("the server is running: stop or kill it first");
    }
    running = run(PostgresServer.newestBinaries().setPort(port));
  }

  /**
   * Starts it again as a hot standby of no primary, with the data that it had.
   *
   * @throws IllegalStateException if it is running, or did not start
   */
  public void restartAsStandby() {
    try {
      Files.writeString(data.resolve("standby.signal"), "");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    restart();
  }

  @Override
  public void close() {
    stop();
    try (Stream<Path> files = Files.walk(data)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
      Files.deleteIfExists(PostgresServer.log(data));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private EmbeddedPostgres run(EmbeddedPostgres.Builder binaries) {
    settings.forEach(binaries::setServerConfig);
    return PostgresServer.run(
        binaries
            // The library turns both off.
            .setServerConfig("fsync", "on")
            .setServerConfig("synchronous_commit", "on")
            .setCleanDataDirectory(false),
        data);
  }

  /** Returns the server's main process, the parent of all others. */
  public ProcessHandle postmaster() {
    if (running == null) {
      throw new IllegalStateException("the server is not running");
    }
    return postmasterIfAny().orElseThrow();
  }

  /** Returns nothing if its process is gone, or its file with the process id is. */
  private Optional<ProcessHandle> postmasterIfAny() {
    Path file = data.resolve("postmaster.pid");
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    try (Stream<String> lines = Files.lines(file)) {
      return lines.findFirst().map(Long::valueOf).flatMap(ProcessHandle::of);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
