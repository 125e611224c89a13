package io.durableoutbox.benchmarks;

import io.durableoutbox.RelayEvent;
import io.durableoutbox.jdbc.MaintenanceReport;
import io.durableoutbox.relay.Relay;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;

/** What an application and a relay feel of a day of the history being dropped. */
final class DayDrop {
  private static final int PER_SECOND = 500;
  private static final long WINDOW_NANOS = 20_000_000_000L;

  private final DestinationProcess destination;
  private final StringBuilder report;
  private final ConcurrentLinkedQueue<Long> deliveries = new ConcurrentLinkedQueue<>();
  private final ConcurrentLinkedQueue<Long> claims = new ConcurrentLinkedQueue<>();

  DayDrop(DestinationProcess destination, StringBuilder report) {
    this.destination = destination;
    this.report = report;
  }

  /** Keeps so many days, of which there is one more. */
  void measure(Database database, int days) throws Exception {
    try (Relay relay = database.outbox.relay(destination.workspace()).listener(this::note).build();
        Load load = new Load(database, 4, PER_SECOND)) {
      relay.start();
      LockSupport.parkNanos(WINDOW_NANOS / 2);
      clear(load);
      LockSupport.parkNanos(WINDOW_NANOS);
      line("before", load);
      clear(load);
      long started = System.nanoTime();
      MaintenanceReport done =
          database.outbox.maintenance().keepDelivered(Duration.ofDays(days)).build().runOnce();
      double seconds = (System.nanoTime() - started) / 1e9;
      LockSupport.parkNanos(Math.max(0, WINDOW_NANOS - (System.nanoTime() - started)));
      line("while a day is dropped", load);
      report.append(String.format(Locale.ROOT, "%nThe run took %.2f s: %s%n", seconds, done));
    }
  }

  private void note(RelayEvent event) {
    if (event instanceof RelayEvent.Delivered) {
      deliveries.add(System.nanoTime());
    } else if (event instanceof RelayEvent.Claimed claimed) {
      claims.add(claimed.took().toNanos());
    }
  }

  private void clear(Load load) {
    load.take();
    deliveries.clear();
    claims.clear();
  }

  private void line(String name, Load load) {
    long[] transactions = load.take();
    List<Long> gaps = new ArrayList<>();
    Long before = null;
    for (Long time : deliveries) {
      if (before != null) {
        gaps.add(time - before);
      }
      before = time;
    }
    long[] sortedGaps = Figures.sorted(gaps);
    long[] sortedClaims = Figures.sorted(new ArrayList<>(claims));
    report.append(
        String.format(
            Locale.ROOT,
            "| %s | %.1f | %.1f | %.1f | %.1f | %.1f | %.1f |%n",
            name,
            Figures.millis(transactions, 0.5),
            Figures.millis(transactions, 0.99),
            Figures.millis(transactions, 1),
            Figures.millis(sortedClaims, 0.99),
            Figures.millis(sortedClaims, 1),
            Figures.millis(sortedGaps, 1)));
  }
}
