package io.durableoutbox.benchmarks;

import io.durableoutbox.RelayEvent;
import io.durableoutbox.relay.Relay;
import io.durableoutbox.testdb.PostgresServer;
import io.durableoutbox.testdb.PrivatePostgres;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;

/**
 * Which settings of the queue's table keep it small and its claims fast, under a steady load that
 * is delivered at once.
 */
public final class QueueBenchmark {
  private static final int PER_SECOND = 2_000;

  private static final Map<String, String> SETTINGS = new LinkedHashMap<>();

  static {
    SETTINGS.put("the server's defaults", "fillfactor = 100");
    SETTINGS.put("fillfactor 45", "fillfactor = 45");
    SETTINGS.put(
        "fillfactor 45, vacuum at 10,000 dead, no delay",
        "fillfactor = 45, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 10000,"
            + " autovacuum_vacuum_cost_delay = 0");
    SETTINGS.put(
        "fillfactor 45, vacuum at 1,000 dead, no delay",
        "fillfactor = 45, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000,"
            + " autovacuum_vacuum_cost_delay = 0");
  }

  private QueueBenchmark() {}

  /** Takes seconds for each setting, 60 unless given. */
  public static void main(String[] args) throws Exception {
    int seconds = args.length > 0 ? Integer.parseInt(args[0]) : 60;
    Map<String, String> server = new LinkedHashMap<>(Database.SERVER);
    // Tables are looked at every 5 s, as a busy server's administrator would have it.
    server.put("autovacuum_naptime", "5s");
    try (PrivatePostgres postgres = PostgresServer.start(server);
        DestinationProcess destination = DestinationProcess.start()) {
      System.out.println(
          "| settings of outbox | largest size, MB | dead rows at most | claim p50 / p99, ms |"
              + " transaction p50 / p99, ms |");
      int n = 0;
      for (Map.Entry<String, String> setting : SETTINGS.entrySet()) {
        try (Database database = Database.create(postgres, "queue" + n++)) {
          database.execute(
              "ALTER TABLE outbox RESET (fillfactor, autovacuum_vacuum_scale_factor,"
                  + " autovacuum_vacuum_threshold, autovacuum_vacuum_cost_delay)");
          database.execute("ALTER TABLE outbox SET (" + setting.getValue() + ")");
          System.out.println("| " + setting.getKey() + run(database, destination, seconds));
        }
      }
    }
  }

  private static String run(Database database, DestinationProcess destination, int seconds)
      throws Exception {
    ConcurrentLinkedQueue<Long> claims = new ConcurrentLinkedQueue<>();
    try (Relay relay =
            database
                .outbox
                .relay(destination.workspace())
                .listener(event -> note(event, claims))
                .build();
        Load load = new Load(database, 4, PER_SECOND)) {
      relay.start();
      // A third of the time to get warm.
      look(database, seconds / 3);
      load.take();
      claims.clear();
      long[] most = look(database, seconds);
      long[] transactions = load.take();
      long[] claimed = Figures.sorted(new ArrayList<>(claims));
      return String.format(
          Locale.ROOT,
          " | %.1f | %,d | %.1f / %.1f | %.1f / %.1f |",
          most[0] / 1e6,
          most[1],
          Figures.millis(claimed, 0.5),
          Figures.millis(claimed, 0.99),
          Figures.millis(transactions, 0.5),
          Figures.millis(transactions, 0.99));
    }
  }

  private static void note(RelayEvent event, ConcurrentLinkedQueue<Long> claims) {
    if (event instanceof RelayEvent.Claimed claimed && claimed.actions() > 0) {
      claims.add(claimed.took().toNanos());
    }
  }

  /** Returns the largest size in bytes and the most dead rows of one look a second. */
  private static long[] look(Database database, int seconds) throws SQLException {
    long[] most = new long[2];
    List<String> looks =
        List.of(
            "SELECT pg_total_relation_size('outbox')",
            "SELECT coalesce(max(n_dead_tup), 0) FROM pg_stat_user_tables WHERE relname ="
                + " 'outbox'");
    for (int second = 0; second < seconds; second++) {
      LockSupport.parkNanos(1_000_000_000L);
      for (int i = 0; i < most.length; i++) {
        most[i] = Math.max(most[i], database.number(looks.get(i)));
      }
    }
    return most;
  }
}
