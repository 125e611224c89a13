package io.durableoutbox.store;

import java.time.Duration;

/** Where an action goes after a claim. */
public sealed interface Disposition {
  /** The destination has it. */
  record Delivered() implements Disposition {}

  /**
   * It goes back to be tried again.
   *
   * @param delay not before; for what failed a little longer than the workspace's pause, so that
   *     the next probe takes others
   * @param error why
   */
  record Retry(Duration delay, String error) implements Disposition {}

  /**
   * It is never tried again by itself.
   *
   * @param reason why, the server's words or the relay's finding
   */
  record Rejected(String reason) implements Disposition {}

  /** It was not sent: it goes back at once, and the attempt does not count. */
  record Unsent() implements Disposition {}
}
