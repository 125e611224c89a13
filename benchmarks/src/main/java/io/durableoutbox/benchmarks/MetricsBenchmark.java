package io.durableoutbox.benchmarks;

import io.durableoutbox.RelayEvent;
import io.durableoutbox.RelayListener;
import io.durableoutbox.destination.Outcome;
import io.durableoutbox.micrometer.OutboxMetrics;
import io.durableoutbox.relay.Relay;
import io.durableoutbox.relay.RelayBuilder;
import io.durableoutbox.testdb.PostgresServer;
import io.durableoutbox.testdb.PrivatePostgres;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * What the meters cost: nanoseconds an event, and the rate at which a relay drains with them and
 * without, in turn, while they are scraped once a second.
 */
public final class MetricsBenchmark {
  private static final int EVENTS = 2_000_000;

  private MetricsBenchmark() {}

  /**
   * Takes rounds, 5 unless given, and actions of a drain, 200,000 unless given; 0 rounds do not
   * drain.
   */
  public static void main(String[] args) throws Exception {
    int rounds = args.length > 0 ? Integer.parseInt(args[0]) : 5;
    int actions = args.length > 1 ? Integer.parseInt(args[1]) : 200_000;
    events();
    if (rounds > 0) {
      drains(rounds, actions);
    }
  }

  /** The events of a request of 100 actions, as a relay that drains tells them. */
  private static List<RelayEvent> request() {
    UUID id = new UUID(1, 2);
    Duration took = Duration.ofMillis(20);
    List<UUID> uuids = Collections.nCopies(100, id);
    return List.of(
        new RelayEvent.Claimed("default", 800, took, Duration.ofMillis(3)),
        new RelayEvent.Sent("default", id, 100, 100),
        new RelayEvent.Answered(
            "default", id, 100, 100, 40_000, took, new Outcome.Accepted(200, "r", null)),
        new RelayEvent.Settled(100, took, Duration.ofSeconds(59)),
        new RelayEvent.Delivered("default", id, uuids));
  }

  private static void events() {
    PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    OutboxMetrics metrics = OutboxMetrics.builder().build();
    metrics.bindTo(registry);
    List<RelayEvent> events = request();
    System.out.println("| round | nanoseconds an event |");
    for (int round = 0; round < 5; round++) {
      long started = System.nanoTime();
      for (int i = 0; i < EVENTS / events.size(); i++) {
        events.forEach(metrics::on);
      }
      System.out.printf(
          Locale.ROOT, "| %d | %.0f |%n", round, (System.nanoTime() - started) / (double) EVENTS);
    }
    metrics.close();
  }

  private static void drains(int rounds, int actions) throws Exception {
    List<Double> without = new ArrayList<>();
    List<Double> with = new ArrayList<>();
    try (PrivatePostgres postgres = PostgresServer.start(Database.SERVER);
        DestinationProcess destination = DestinationProcess.start();
        Database database = Database.create(postgres, "metrics")) {
      PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
      ScheduledExecutorService scraper = Executors.newSingleThreadScheduledExecutor();
      try (OutboxMetrics metrics =
          OutboxMetrics.builder()
              .outbox(database.outbox)
              .refreshInterval(Duration.ofSeconds(1))
              .build()) {
        metrics.bindTo(registry);
        var unused = scraper.scheduleWithFixedDelay(registry::scrape, 1, 1, TimeUnit.SECONDS);
        // The first round warms up.
        for (int round = 0; round <= rounds; round++) {
          double plain = drain(database, destination, actions, null);
          double measured = drain(database, destination, actions, metrics);
          if (round > 0) {
            without.add(plain);
            with.add(measured);
          }
        }
      } finally {
        scraper.shutdownNow();
      }
    }
    System.out.println("| meters | actions a second, median |");
    System.out.printf(Locale.ROOT, "| none | %,.0f |%n", Figures.median(without));
    System.out.printf(Locale.ROOT, "| with | %,.0f |%n", Figures.median(with));
    System.out.printf(
        Locale.ROOT, "| ratio | %.3f |%n", Figures.median(with) / Figures.median(without));
  }

  /** Returns actions a second. */
  private static double drain(
      Database database,
      DestinationProcess destination,
      int actions,
      @Nullable RelayListener listener)
      throws SQLException {
    database.execute("TRUNCATE outbox_delivered, outbox_request, outbox_attempt");
    database.execute(
        "INSERT INTO outbox (customer_id, action, event_time, platform, attributes, validated)"
            + " SELECT 'user-' || n % 50000, 'MOE_PERSONALIZATION_MESSAGE_SHOWN', now(), 'web',"
            + " '{\"cid\":\"66d55ae445921e4d35ae4368_F_T_WP_AB_2_P_0_AU_5A\",\"experience\":\"Test"
            + " Server side experience\",\"moe_locale_id\":\"0\",\"moe_variation_id\":\"2\","
            + "\"audience_name\":\"All Users\",\"audience_id\":\"5A\"}', true FROM"
            + " generate_series(1, "
            + actions
            + ") n");
    RelayBuilder builder = database.outbox.relay(destination.workspace());
    if (listener != null) {
      builder.listener(listener);
    }
    long started = System.nanoTime();
    try (Relay relay = builder.build()) {
      relay.start();
      database.untilEmpty();
      return actions * 1e9 / (System.nanoTime() - started);
    }
  }
}
