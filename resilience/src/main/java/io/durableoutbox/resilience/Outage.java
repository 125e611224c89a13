package io.durableoutbox.resilience;

import com.zaxxer.hikari.HikariDataSource;
import io.durableoutbox.Action;
import io.durableoutbox.MoEngage;
import io.durableoutbox.Platform;
import io.durableoutbox.jdbc.JdbcOutbox;
import io.durableoutbox.migrations.OutboxMigrations;
import io.durableoutbox.relay.Relay;
import io.durableoutbox.testdb.PostgresServer;
import io.durableoutbox.testdb.PrivatePostgres;
import io.durableoutbox.testkit.SimulatedDestination;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The destination is down while many actions wait: how often two relays with default settings ask
 * it, and how long it takes afterwards until nothing waits.
 */
public final class Outage {
  private static final Logger log = LoggerFactory.getLogger("outbox.test");
  private static final Duration LONGEST_DRAIN = Duration.ofMinutes(15);

  private Outage() {}

  /**
   * What an outage cost.
   *
   * @param requests that were made while the destination was down, all relays together
   * @param moreThanOneAttempt actions that the outage cost more than the attempt that delivered
   * @param drained from the destination's return to an empty outbox
   */
  public record Result(
      long requests, long rejected, long moreThanOneAttempt, long delivered, Duration drained) {}

  /** Options: {@code --seconds n} (120), {@code --actions n} (50,000). */
  public static void main(String[] args) throws Exception {
    Options options = new Options(args);
    Duration outage = Duration.ofSeconds(options.number("seconds", 120));
    int actions = (int) options.number("actions", 50_000);
    Result result = run(outage, actions);
    System.out.printf(
        "outage of %d s, %,d actions waiting, 2 relays: %d requests made, %d actions rejected, %d"
            + " with more than one attempt, %,d delivered, empty %d ms after the destination was"
            + " back%n",
        outage.toSeconds(),
        actions,
        result.requests,
        result.rejected,
        result.moreThanOneAttempt,
        result.delivered,
        result.drained.toMillis());
  }

  /** Runs it on a PostgreSQL of its own. */
  public static Result run(Duration outage, int actions) throws Exception {
    try (PrivatePostgres postgres = PostgresServer.start();
        SimulatedDestination destination = SimulatedDestination.start();
        HikariDataSource pool =
            Pools.open(postgres.jdbcUrl(), postgres.user(), postgres.password(), 8)) {
      OutboxMigrations.of(pool).migrate();
      JdbcOutbox outbox = JdbcOutbox.create(pool);
      write(pool, outbox, actions);
      destination.stop();
      try (Relay one = start(outbox, destination, "one");
          Relay two = start(outbox, destination, "two")) {
        Chaos.rest(outage);
        long requests = Soak.number(pool, "SELECT count(*) FROM outbox_request");
        log.info("{}: {}; {}: {}", one.name(), one.health(), two.name(), two.health());
        destination.resume();
        long back = System.nanoTime();
        while (Soak.number(pool, "SELECT count(*) FROM (SELECT FROM outbox LIMIT 1) x") > 0
            && System.nanoTime() - back < LONGEST_DRAIN.toNanos()) {
          Chaos.rest(Duration.ofMillis(10));
        }
        return new Result(
            requests,
            Soak.number(pool, "SELECT count(*) FROM outbox_rejected"),
            Soak.number(pool, "SELECT count(*) FROM outbox_delivered WHERE attempts > 1"),
            Soak.number(pool, "SELECT count(*) FROM outbox_delivered"),
            Duration.ofNanos(System.nanoTime() - back));
      }
    }
  }

  private static Relay start(JdbcOutbox outbox, SimulatedDestination destination, String name) {
    MoEngage moEngage =
        MoEngage.workspace(destination.workspaceId(), destination.apiKey())
            .baseUrl(destination.baseUrl())
            .build();
    return outbox.relay(moEngage).name(name).build().start();
  }

  private static void write(HikariDataSource pool, JdbcOutbox outbox, int actions)
      throws SQLException {
    for (int i = 0; i < actions; i += 1_000) {
      List<Action> some = new ArrayList<>();
      for (int n = i; n < Math.min(actions, i + 1_000); n++) {
        some.add(Action.shown("user-" + n, Writers.CONTEXT).platform(Platform.WEB).build());
      }
      try (Connection connection = pool.getConnection()) {
        connection.setAutoCommit(false);
        outbox.add(connection, some);
        connection.commit();
      }
    }
  }
}
