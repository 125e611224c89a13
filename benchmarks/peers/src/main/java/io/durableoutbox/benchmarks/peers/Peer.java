package io.durableoutbox.benchmarks.peers;

import java.util.List;

/** An outbox or a job scheduler with its tables made and its processing not running. */
interface Peer extends AutoCloseable {
  /** Writes one event in the caller's transaction. */
  void write(String body);

  /** Writes several in the caller's transaction, in bulk where its documentation has a way. */
  default void writeAll(List<String> bodies) {
    bodies.forEach(this::write);
  }

  /** Delivers what waits, and what is written from now on, until it is told to stop. */
  void start();

  /** Stops to deliver; {@link #start} may follow. */
  void stop();

  /** Returns a query that counts what is not done. */
  String waiting();

  @Override
  void close();
}
