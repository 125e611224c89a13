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
  private final Application application;
  private final Peer peer;
  private final int threads;

  WriteCost(Application application, Peer peer, int threads) {
    this.application = application;
    this.peer = peer;
    this.threads = threads;
  }

  void run(int rounds, int seconds) throws InterruptedException, ExecutionException {
    long measured = TimeUnit.SECONDS.toNanos(seconds);
    Runnable alone =
        () -> application.transaction.executeWithoutResult(status -> application.order());
    Runnable with =
        () ->
            application.transaction.executeWithoutResult(
                status -> {
                  application.order();
                  peer.write(Event.body());
                });
    rate(alone, measured);
    rate(with, measured);
    for (int round = 1; round <= rounds; round++) {
      // Each is first in turn, since the tables grow.
      if (round % 2 == 1) {
        print(round, "alone", rate(alone, measured));
        print(round, "with", rate(with, measured));
      } else {
        print(round, "with", rate(with, measured));
        print(round, "alone", rate(alone, measured));
      }
    }
  }

  private static void print(int round, String side, double rate) {
    System.out.println(String.format(Locale.ROOT, "write %d %s %.1f", round, side, rate));
  }

  /** Returns how many transactions a second all threads made together. */
  private double rate(Runnable transaction, long nanos)
      throws InterruptedException, ExecutionException {
    ExecutorService writers = Executors.newFixedThreadPool(threads);
    try {
      long begin = System.nanoTime();
      Callable<Long> writer =
          () -> {
            long count = 0;
            while (System.nanoTime() - begin < nanos) {
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
