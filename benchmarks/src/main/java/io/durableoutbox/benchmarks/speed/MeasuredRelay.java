package io.durableoutbox.benchmarks.speed;

import io.durableoutbox.benchmarks.Database;
import java.io.IOException;

/** A relay that counts what it does. Started and stopped as often as one likes, and stays warm. */
interface MeasuredRelay extends AutoCloseable {

  /**
   * How it is set up.
   *
   * @param heapMegabytes of its process
   * @param workersByHand of the loop written by hand, 0 for the library's relay
   */
  record Settings(int heapMegabytes, int requestsInFlight, int connections, int workersByHand) {
    /** The library's defaults, and memory enough. */
    static final Settings DEFAULT = new Settings(512, 8, 10, 0);

    Settings heapMegabytes(int megabytes) {
      return new Settings(megabytes, requestsInFlight, connections, workersByHand);
    }

    /** The loop written by hand, with a connection for each worker. */
    static Settings byHand(int workers) {
      return new Settings(
          512, workers * HandWrittenRelay.CLAIM / HandWrittenRelay.REQUEST, workers, workers);
    }
  }

  /** Makes one in a process of its own; on H2, whose file takes one process, in this one. */
  static MeasuredRelay of(Bench bench, Database database, String baseUrl, Settings settings)
      throws IOException {
    return bench.family() == Bench.Family.H2
        ? new CountingRelay(database.pool, baseUrl, settings)
        : RelayProcess.start(database, baseUrl, settings);
  }

  /** Sets the poll interval from the next start on; 500 ms, the library's own, unless set. */
  void pollEvery(int millis) throws IOException;

  /**
   * Begins to claim. Does not wait until it has begun.
   *
   * @param burst how many actions {@link Count#BURST_NANOS} is the time of
   */
  void start(int burst) throws IOException;

  /** Counts anew towards {@link Count#BURST_NANOS}, on a relay that runs. */
  void countBurst(int burst) throws IOException;

  /** Returns when it has ended what it had claimed. */
  void stop() throws IOException;

  Counts counts() throws IOException;

  @Override
  void close() throws IOException;
}
