package io.durableoutbox.benchmarks;

import io.durableoutbox.postgresql.PostgresWakeUps;
import io.durableoutbox.relay.RelayBuilder;
import io.durableoutbox.testdb.PostgresServer;
import io.durableoutbox.testdb.PrivatePostgres;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * How long from a commit to its acceptance, by polling alone and by each kind of wake-up; and what
 * NOTIFY costs those who commit. Prints the report and writes it into docs/benchmarks.
 */
public final class Latency {
  private static final int PER_SECOND = 100;
  private static final int ANSWER_MILLIS = 20;

  private Latency() {}

  /** Takes the seconds of each measurement, 60 unless given. */
  public static void main(String[] args) throws Exception {
    int seconds = args.length > 0 ? Integer.parseInt(args[0]) : 60;
    StringBuilder report = new StringBuilder();
    try (PrivatePostgres postgres = PostgresServer.start(Database.SERVER);
        Database database = Database.create(postgres, "latency")) {
      report.append(head(seconds));
      try (CommitToAcceptance measured =
          new CommitToAcceptance(database, PER_SECOND, ANSWER_MILLIS, seconds)) {
        report.append(
            "| woken by | actions | p50, ms | p99, ms | max, ms | requests | actions a request |"
                + " claims a second |\n|---|---|---|---|---|---|---|---|\n");
        report.append(measured.of(builder -> builder, false).row("polling only, every 500 ms"));
        report.append(
            measured.of(builder -> builder, true).row("in-process signal after the commit"));
        report.append(
            measured
                .of(builder -> builder.maxRequestsPerMinute(600), true)
                .row("in-process signal, at most 600 requests a minute"));
        database.execute(script("postgresql.sql"));
        report.append(measured.of(builder -> notified(builder, database), false).row("NOTIFY"));
        database.execute(script("postgresql-undo.sql"));
      }
      report.append("\n## What NOTIFY costs those who commit\n");
      report.append(new NotifyCost(database, direct(database), seconds).measure());
    }
    System.out.println(report);
    Path file = directory().resolve("latency-" + LocalDate.now(ZoneOffset.UTC) + ".md");
    Files.writeString(file, report);
    System.out.println("Written to " + file);
  }

  private static String head(int seconds) {
    return """
        # From commit to acceptance
        %s; PostgreSQL 18.6 of the tests (durable, `fsync` on), JDK %s, %d cores shared by server, application, relay and destination.
        Only ratios travel to other machines.
        ```
        mvn -q -Pbench -pl benchmarks -am package -Dbench.main=Latency
        ```
        %d transactions a second by 4 threads, each with an order and one action, for %d s after a third of that to get warm; default settings. The
        destination is a process of its own that answers after %d ms; the time is from when `commit()` has returned to when it had read the request.

        """
        .formatted(
            DateTimeFormatter.ofPattern("d MMMM yyyy", Locale.ENGLISH)
                .format(LocalDate.now(ZoneOffset.UTC)),
            Runtime.version().feature(),
            Runtime.getRuntime().availableProcessors(),
            PER_SECOND,
            seconds,
            ANSWER_MILLIS);
  }

  /** Sets a relay up to be woken by NOTIFY. */
  public static RelayBuilder notified(RelayBuilder builder, Database database) {
    return builder.wakeUpBy(PostgresWakeUps.builder(direct(database)).build());
  }

  private static PGSimpleDataSource direct(Database database) {
    PGSimpleDataSource direct = new PGSimpleDataSource();
    direct.setURL(database.jdbcUrl);
    direct.setUser(database.pool.getUsername());
    direct.setPassword(database.pool.getPassword());
    return direct;
  }

  /** Returns the SQL that NOTIFY needs, or that takes it away. */
  public static String script(String name) throws IOException {
    try (InputStream in =
        Objects.requireNonNull(
            Latency.class.getResourceAsStream("/durable-outbox/notify/" + name), name)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  /** The documents, whether it runs in the repository's root or in this module. */
  private static Path directory() throws IOException {
    for (Path candidate : List.of(Path.of("docs/benchmarks"), Path.of("../docs/benchmarks"))) {
      if (Files.isDirectory(candidate)) {
        return candidate;
      }
    }
    return Files.createDirectories(Path.of("target"));
  }
}
