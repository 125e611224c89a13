package io.durableoutbox.destination;

import java.net.URI;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletionStage;

/**
 * Takes the requests of one workspace. {@link io.durableoutbox.MoEngage} is the one that the
 * library brings.
 *
 * <p>A destination belongs to one relay, which closes it.
 */
public interface Destination extends AutoCloseable {
  /**
   * Returns the name that the actions for this destination have in {@code outbox.workspace}; never
   * changes.
   */
  String workspace();

  /**
   * Returns where its requests go, for logs and health: no credentials, no query; never changes.
   */
  URI address();

  /**
   * Finds what this destination would refuse in an action that the library did not check when it
   * was written, as where another program inserts rows. Such an action is rejected before it is
   * sent. Called on the relay's loop for each of them: must be quick.
   *
   * <p>It has no default, so that a destination that wraps another can't forget to ask it.
   *
   * @return the field and its problem, without its value; empty if it can be sent
   */
  Optional<String> problem(ClaimedAction action);

  /**
   * Returns the longest time from {@link #send} to its completion, connecting and reading included.
   * The relay's lease must be longer.
   */
  Duration callTimeout();

  /**
   * Sends one request, without blocking. Called by one thread at a time; up to the relay's {@code
   * maxRequestsInFlight} are out at once.
   *
   * @return completes, on any thread and within {@link #callTimeout}, with what came of it. A
   *     failure is an {@link Outcome}; should the stage complete exceptionally or this method
   *     throw, the relay records the outcome as unknown
   */
  CompletionStage<Reply> send(Request request);

  /**
   * Returns whether the present credentials are the ones of the last request that ended as {@link
   * Outcome.Misconfigured}. Asked while the workspace is paused for that: once it is false, the
   * relay tries again at once. Must not block or throw.
   */
  boolean credentialsRefused();

  /** Ends what is still out and frees its threads and connections. */
  @Override
  void close();
}
