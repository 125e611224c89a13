package io.durableoutbox.benchmarks.peers;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** Writes events while the peer's processing rests, and takes the time until all are delivered. */
final class Drain {
  private static final int BATCH = 100;
  private static final int WARM_UP = 5_000;

  private final Application application;
  private final Peer peer;
  private final Delivery delivery;

  Drain(Application application, Peer peer, Delivery delivery) {
    this.application = application;
    this.peer = peer;
    this.delivery = delivery;
  }

  /** Does it twice, and counts the second time: the first one is for the compiler. */
  void run(int events) throws Exception {
    round(Math.min(WARM_UP, events));
    Delivery.Round counted = round(events);
    System.out.println("drain " + events + " " + counted.nanos() + " " + counted.cpuNanos());
  }

  private Delivery.Round round(int events) throws Exception {
    fill(events);
    // As a database that has been in use for long: the plans come from statistics.
    application.jdbc.execute("VACUUM ANALYZE");
    System.out.println("filled " + events);
    Delivery.Round round = delivery.expect(events);
    peer.start();
    await(round::isDone, 900, "all are delivered");
    await(() -> application.number(peer.waiting()) == 0, 60, "all are noted as done");
    peer.stop();
    if (round.delivered() != events) {
      System.err.println(
          round.delivered() - events + " of " + events + " were delivered more than once");
    }
    return round;
  }

  private void fill(int events) throws InterruptedException, ExecutionException {
    ExecutorService writers = Executors.newFixedThreadPool(4);
    try {
      List<Future<?>> batches = new ArrayList<>();
      for (int written = 0; written < events; written += BATCH) {
        int size = Math.min(BATCH, events - written);
        batches.add(writers.submit(() -> writeBatch(size)));
      }
      for (Future<?> batch : batches) {
        batch.get();
      }
    } finally {
      writers.shutdown();
    }
  }

  private void writeBatch(int size) {
    List<String> bodies = new ArrayList<>();
    for (int i = 0; i < size; i++) {
      bodies.add(Event.body());
    }
    application.transaction.executeWithoutResult(status -> peer.writeAll(bodies));
  }

  private static void await(BooleanSupplier condition, int seconds, String what)
      throws InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > deadline) {
        throw new IllegalStateException("waited " + seconds + " s until " + what);
      }
      TimeUnit.MILLISECONDS.sleep(20);
    }
  }
}
