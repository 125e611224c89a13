package io.durableoutbox.resilience;

import com.zaxxer.hikari.HikariDataSource;
import io.durableoutbox.migrations.OutboxMigrations;
import io.durableoutbox.testdb.PostgresServer;
import io.durableoutbox.testdb.PrivatePostgres;
import io.durableoutbox.testkit.AcceptedAction;
import io.durableoutbox.testkit.SimulatedDestination;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A long run with all faults: writers, two relays in their own processes, a PostgreSQL that is
 * killed, a proxy before it, and the simulated destination. When the faults stop, everything that
 * was committed must have arrived.
 */
public final class Soak {
  private static final Logger log = LoggerFactory.getLogger("outbox.test");
  private static final Duration LONGEST_DRAIN = Duration.ofMinutes(5);

  private final Duration faults;
  private final int perSecond;
  private final long seed;

  /**
   * Prepares a run.
   *
   * @param faults for how long there are faults
   * @param perSecond actions written in a second
   */
  public Soak(Duration faults, int perSecond, long seed) {
    this.faults = faults;
    this.perSecond = perSecond;
    this.seed = seed;
  }

  /** Options: {@code --minutes n} (20), {@code --rate n} (200), {@code --seed n}. */
  public static void main(String[] args) throws Exception {
    Options options = new Options(args);
    long seed = options.number("seed", System.nanoTime());
    Soak soak =
        new Soak(
            Duration.ofMinutes(options.number("minutes", 20)),
            (int) options.number("rate", 200),
            seed);
    SoakReport report = soak.run();
    System.out.println(report.asText());
    System.exit(report.problems().isEmpty() ? 0 : 1);
  }

  /** Runs it. */
  public SoakReport run() throws Exception {
    Path folder = Files.createTempDirectory("outbox-soak");
    try (PrivatePostgres postgres = PostgresServer.start();
        TcpProxy proxy = TcpProxy.to(postgres.jdbcUrl());
        SimulatedDestination destination = SimulatedDestination.start();
        HikariDataSource pool =
            Pools.open(postgres.jdbcUrl(), postgres.user(), postgres.password(), 8)) {
      OutboxMigrations.of(pool).migrate();
      return run(folder, postgres, proxy, destination, pool);
    } finally {
      delete(folder);
    }
  }

  private SoakReport run(
      Path folder,
      PrivatePostgres postgres,
      TcpProxy proxy,
      SimulatedDestination destination,
      HikariDataSource pool)
      throws Exception {
    RelayProcess.Settings settings =
        RelayProcess.Settings.quick(
            proxy.url(postgres.jdbcUrl()), postgres.user(), postgres.password());
    Path output = folder.resolve("relays.log");
    List<Chaos.Slot> relays = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      relays.add(new Chaos.Slot(() -> RelayProcess.start(settings, destination, output)));
    }
    try {
      Chaos chaos = new Chaos(seed, postgres, proxy, destination, settings.lease(), relays);
      Writers writers = new Writers(pool, destination);
      writers.start(2, perSecond, seed);
      try {
        unleash(chaos, writers, destination);
      } finally {
        writers.end();
      }
      relays.forEach(Chaos.Slot::heal);
      long healed = System.nanoTime();
      long left = drain(pool);
      Duration drained = Duration.ofNanos(System.nanoTime() - healed);
      return report(chaos, writers, destination, pool, output, left, drained);
    } finally {
      relays.forEach(Chaos.Slot::end);
    }
  }

  private void unleash(Chaos chaos, Writers writers, SimulatedDestination destination) {
    long end = System.nanoTime() + faults.toNanos();
    long nextLine = System.nanoTime();
    log.info("Soak of {} s with seed {}", faults.toSeconds(), seed);
    while (System.nanoTime() < end) {
      if (System.nanoTime() >= nextLine) {
        nextLine += Duration.ofSeconds(30).toNanos();
        log.info(
            "{} committed, {} accepted, {} repeats",
            writers.committed.size(),
            destination.acceptedCount(),
            destination.duplicates());
      }
      chaos.next();
    }
  }

  /** Waits until nothing is left to deliver; returns what is left after the longest wait. */
  private static long drain(HikariDataSource pool) throws SQLException {
    long end = System.nanoTime() + LONGEST_DRAIN.toNanos();
    long left = 1;
    while (left > 0 && System.nanoTime() < end) {
      Chaos.rest(Duration.ofMillis(20));
      left = number(pool, "SELECT count(*) FROM outbox");
    }
    return left;
  }

  private SoakReport report(
      Chaos chaos,
      Writers writers,
      SimulatedDestination destination,
      HikariDataSource pool,
      Path output,
      long left,
      Duration drained)
      throws SQLException {
    Set<UUID> delivered = uuids(pool, "SELECT event_uuid FROM outbox_delivered");
    Set<UUID> rejected = uuids(pool, "SELECT event_uuid FROM outbox_rejected");
    Set<UUID> accepted = new HashSet<>();
    destination.accepted().stream().map(AcceptedAction::eventUuid).forEach(accepted::add);
    Set<UUID> known = new HashSet<>(delivered);
    known.addAll(rejected);
    Set<UUID> lost = new HashSet<>(writers.committed);
    lost.removeAll(known);
    Set<UUID> neverCommitted = new HashSet<>(accepted);
    neverCommitted.removeIf(u -> writers.committed.contains(u) || writers.unsure.contains(u));
    Set<UUID> notAccepted = new HashSet<>(delivered);
    notAccepted.removeAll(accepted);
    Set<UUID> innocent = new HashSet<>(rejected);
    innocent.removeAll(writers.bad);
    Set<UUID> badDelivered = new HashSet<>(delivered);
    badDelivered.retainAll(writers.bad);
    long doubled = number(pool, "SELECT count(*) - count(DISTINCT event_uuid) FROM outbox_audit");
    return new SoakReport(
        seed,
        faults,
        chaos.applied,
        writers.committed.size(),
        writers.rolledBack.size(),
        writers.unsure.size(),
        delivered.size(),
        rejected.size(),
        number(pool, "SELECT count(*) FROM outbox_request"),
        destination.requestCount(),
        destination.duplicates(),
        RelayProcess.fenced(output),
        drained,
        left,
        lost.size(),
        doubled,
        neverCommitted.size(),
        notAccepted.size(),
        innocent.size(),
        badDelivered.size(),
        destination.conflicts().size());
  }

  private static Set<UUID> uuids(HikariDataSource pool, String sql) throws SQLException {
    Set<UUID> uuids = new HashSet<>();
    try (Connection connection = pool.getConnection();
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      while (rows.next()) {
        uuids.add(rows.getObject(1, UUID.class));
      }
    }
    return uuids;
  }

  static long number(HikariDataSource pool, String sql) throws SQLException {
    try (Connection connection = pool.getConnection();
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      rows.next();
      return rows.getLong(1);
    }
  }

  private static void delete(Path folder) throws IOException {
    try (var files = Files.list(folder)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
    Files.delete(folder);
  }
}
