package io.durableoutbox.benchmarks.peers;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/** What the caller's transaction costs alone, and with the peer's write in it. */
final class WriteCost {
  private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

  private final Application application;
  private final Peer peer;
  private final int threads;

  WriteCost(Application application, Peer peer, int threads) {
    this.application = application;
    this.peer = peer;
    this.threads = threads;
  }

  void run(int rounds, int seconds) throws InterruptedException, ExecutionException {
    Runnable alone =
        () -> application.transaction.executeWithoutResult(status -> application.order());
    Runnable with =
        () ->
            application.transaction.executeWithoutResult(
                status -> {
                  application.order();
                  peer.write(Event.body());
                });
    for (int round = 0; round <= rounds; round++) {
      double aloneRates = 0;
      double withRates = 0;
      // By turns, a second each, so that what else the machine does meets both.
      for (int second = 0; second < seconds; second++) {
        aloneRates += rate(alone);
        withRates += rate(with);
      }
      // The first one is for the compiler.
      if (round > 0) {
        print(round, "alone", aloneRates / seconds);
        print(round, "with", withRates / seconds);
      }
    }
  }

  private static void print(int round, String side, double rate) {
    System.out.println(String.format(Locale.ROOT, "write %d %s %.1f", round, side, rate));
  }

  /** Returns how many transactions all threads made together in a second. */
  private double rate(Runnable transaction) throws InterruptedException, ExecutionException {
    ExecutorService writers = Executors.newFixedThreadPool(threads);
    try {
      long begin = System.nanoTime();
      Callable<Long> writer =
          () -> {
            long count = 0;
            while (System.nanoTime() - begin < SECOND) {
              transaction.run();
              count++;
            }
            return count;
          };
      List<Future<Long>> running = new ArrayList<>();
      for (int i = 0; i < threads; i++) {
        running.add(writers.submit(writer));
      }
      long transactions = 0;
      for (Future<Long> one : running) {
        transactions += one.get();
      }
      return transactions * 1e9 / (System.nanoTime() - begin);
    } finally {
      writers.shutdown();
    }
  }
}
