package io.durableoutbox.benchmarks.speed;

import io.durableoutbox.benchmarks.Database;
import io.durableoutbox.testdb.PostgresServer;
import io.durableoutbox.testdb.PrivateMariaDb;
import io.durableoutbox.testdb.PrivatePostgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** What sections measure on: a server of one family, and the report. */
final class Bench implements AutoCloseable {
  private final Family family;
  private final Report report;
  private final int rounds;
  private final boolean quick;
  private @Nullable PrivatePostgres postgres;
  private @Nullable PrivateMariaDb mariaDb;

  enum Family {
    POSTGRESQL,
    MARIADB,
    H2
  }

  /**
   * Starts the server.
   *
   * @param rounds counted repetitions of what is repeated
   * @param quick sizes that show only that it works
   */
  Bench(Family family, Report report, int rounds, boolean quick) {
    this.family = family;
    this.report = report;
    this.rounds = rounds;
    this.quick = quick;
    if (family == Family.POSTGRESQL) {
      postgres = PostgresServer.start(Database.SERVER);
    } else if (family == Family.MARIADB) {
      mariaDb = Database.startMariaDb();
    }
  }

  Family family() {
    return family;
  }

  Report report() {
    return report;
  }

  Samples samples() {
    return report.samples();
  }

  int rounds() {
    return rounds;
  }

  /** Returns the first, or the second for a quick run. */
  int size(int normal, int whenQuick) {
    return quick ? whenQuick : normal;
  }

  /** Makes a database with an outbox. */
  Database database(String name) throws SQLException, IOException {
    if (postgres != null) {
      return Database.create(postgres, name);
    }
    return mariaDb != null
        ? Database.create(mariaDb, name)
        : Database.create(Files.createTempDirectory("outbox-speed").resolve(name));
  }

  /** Returns the processor time that the server has used; zero for one in this process. */
  Duration serverCpu() {
    if (postgres != null) {
      return ServerCpu.of(postgres.postmaster());
    }
    if (mariaDb == null) {
      return Duration.ZERO;
    }
    return ProcessHandle.allProcesses()
        .filter(process -> process.info().command().orElse("").endsWith("/mariadbd"))
        .map(ServerCpu::of)
        .reduce(Duration.ZERO, Duration::plus);
  }

  /** Returns the processor time that this process has used. */
  static Duration ownCpu() {
    return ProcessHandle.current().info().totalCpuDuration().orElse(Duration.ZERO);
  }

  /** Returns where the reports lie, whether it runs in the repository's root or in this module. */
  static Path reports() throws IOException {
    for (Path candidate : new Path[] {Path.of("docs/benchmarks"), Path.of("../docs/benchmarks")}) {
      if (Files.isDirectory(candidate)) {
        return candidate;
      }
    }
    return Files.createDirectories(Path.of("target"));
  }

  @Override
  public void close() {
    if (postgres != null) {
      postgres.close();
    }
    if (mariaDb != null) {
      mariaDb.close();
    }
  }
}
